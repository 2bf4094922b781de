import ClusterCore
import ClusterProtocol

/// What goes wrong, as the seed decides.
extension Simulation {
    mutating func inject() throws {
        let kinds = Fault.allCases.filter(settings.faults.contains)
        guard !kinds.isEmpty else { return }
        let fault = kinds[random.below(kinds.count)]
        let processes = workers.keys.sorted()
        let victim = processes.isEmpty ? 0 : processes[random.below(processes.count)]
        switch fault {
        // These happen at every message.
        case .delay, .duplicate: return
        case .reset:
            guard workers[victim]?.control != nil else { return }
            disconnect(victim, controlToo: random.chance(of: 1, in: 2))
        case .partition: cutOffUntil[victim] = now + random.duration(100...40_000)
        case .crash:
            guard let slot = workers[victim]?.slot else { return }
            kill(victim)
            if random.chance(of: 3, in: 4) { heap.put(.startWorker(slot: slot), at: now + random.duration(10...5000)) }
        case .massacre:
            guard random.chance(of: 1, in: 3) else { return }
            for process in processes where process != victim {
                guard let slot = workers[process]?.slot else { continue }
                kill(process)
                heap.put(.startWorker(slot: slot), at: now + random.duration(10...20_000))
            }
        case .stop: workers[victim]?.stoppedUntil = now + random.duration(100...40_000)
        case .hang:
            guard random.chance(of: 1, in: 2) else { return }
            workers[victim]?.hangs = true
        case .unable:
            let kind = random.chance(of: 1, in: 2) ? Failure.Kind.input : .machine
            workers[victim]?.failure = Fault.cannot(kind)
        case .lie: workers[victim]?.lies = true
        case .flip: workers[victim]?.flips = true
        case .forge:
            // One at a time: two that lie alike are believed.
            guard !workers.values.contains(where: \.forges) else { return }
            workers[victim]?.forges = true
        case .slow: workers[victim]?.slowness = 1 + random.below(8)
        case .elastic:
            if random.chance(of: 1, in: 2) {
                heap.put(.startWorker(slot: random.below(10)), at: now)
            } else {
                try feed(victim, .leave)
            }
        case .coordinator, .power:
            guard coordinator != nil, !isFinished else { return }
            killCoordinator(power: fault == .power)
        case .disk:
            disk.isFull = true
            heap.put(.roomOnDisk, at: now + random.duration(100...10_000))
        case .scratch:
            guard workers[victim]?.scratch != nil else { return }
            workers[victim]?.scratch = []
        }
        report.faults[fault, default: 0] += 1
    }

    /// From now on nothing goes wrong any more, and what has gone wrong is mended as people would. Threads that hang go on
    /// to do so, as long as there are enough workers to begin with whose threads do not.
    mutating func calm() throws {
        isCalm = true
        disk.isFull = false
        cutOffUntil = [:]
        for process in workers.keys.sorted() {
            workers[process]?.stoppedUntil = nil
            workers[process]?.slowness = 1
            workers[process]?.failure = nil
            workers[process]?.lies = false
            workers[process]?.flips = false
            workers[process]?.forges = false
        }
        if workers.values.count(where: { !$0.hangs }) < minimumWorkers {
            for process in workers.keys.sorted() where workers[process]?.hangs ?? false { kill(process) }
        }
        for slot in 0..<settings.workers { heap.put(.startWorker(slot: slot), at: now + random.duration(10...2000)) }
    }
}
