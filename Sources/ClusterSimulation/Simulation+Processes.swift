import Bytes
import ClusterCore
import ClusterProtocol

/// Processes: their state machines are told what happens, and what these want is done.
extension Simulation {
    // MARK: Workers

    mutating func startWorker(_ slot: Int) {
        guard !isFinished, !workers.values.contains(where: { $0.slot == slot }) else { return }
        let process = name()
        var worker = SimulatedWorker(
            slot: slot, threads: settings.hasSingleThreads ? 1 : 1 + random.below(3), process: process)
        if slot == 0 { worker.slowness = settings.slowness }
        if !files.isSeen(bySlot: slot) { worker.scratch = [] }
        workers[process] = worker
        report.workerStarts += 1
        connect(process)
        heap.put(.workerTick(process), at: now)
    }

    mutating func kill(_ process: Int) {
        disconnect(process)
        workers[process] = nil
        cutOffUntil[process] = nil
    }

    mutating func feed(_ process: Int, _ event: Worker.Event) throws {
        guard let worker = workers[process] else { return }
        if let until = worker.stoppedUntil, until > now {
            // A tick is missed, the rest waits in buffers.
            if case .tick = event { return }
            workers[process]?.backlog.append(event)
            return
        }
        workers[process]?.stoppedUntil = nil
        workers[process]?.backlog = []
        for event in worker.backlog + [event] { try deliver(event, to: process) }
    }

    private mutating func deliver(_ event: Worker.Event, to process: Int) throws {
        if case .finished(_, let task, .success) = event, !handIn(task, of: process) {
            heap.put(.computed(process, event), at: now + .milliseconds(500))
            return
        }
        guard let effects = workers[process]?.core.handle(event, at: now) else { return }
        for effect in effects {
            switch effect {
            case .send(let message): send(message, from: process)
            case .leave(let departure):
                if case .refused = departure, let slot = workers[process]?.slot {
                    heap.put(.startWorker(slot: slot), at: now + random.duration(100...5000))
                }
                // What it said last is still under way.
                for link in [workers[process]?.control, workers[process]?.data].compactMap({ $0 }) {
                    guard let last = links[link]?.toCoordinator else { continue }
                    heap.put(.unlink(link), at: max(now, last) + .milliseconds(1))
                }
                workers[process] = nil
                return
            case .configure, .perform, .assign, .release, .answer, .closeFit, .recompute, .reset, .report:
                do {
                    let world = world
                    let fetched = try bring(needs(of: effect, process), to: process)
                    if let (event, time) = try workers[process]?.work(effect, world, at: now, &random) {
                        heap.put(.computed(process, event), at: time + .milliseconds(20 * fetched))
                    }
                } catch let violation as Violation {
                    throw violation
                } catch {
                    throw Violation("a worker was asked for what it cannot do: \(error)")
                }
            }
        }
        if let core = workers[process]?.core, core.bytesUnderWay > core.largestUnderWay {
            throw Violation("a worker has \(core.bytesUnderWay) bytes under way")
        }
    }

    // MARK: Coordinator

    /// Before the first work.
    var minimumWorkers: Int { min(2, settings.workers) }

    mutating func startCoordinator() throws {
        guard coordinator == nil, !isFinished else { return }
        report.coordinatorStarts += 1
        let (known, length) = JournaledSteps.read(disk.journal)
        disk.cut(to: length)
        var limits = Coordinator.Limits()
        limits.minimumWorkers = known.count > 0 ? 1 : minimumWorkers
        limits.audit = settings.audit
        coordinator = SimulatedCoordinator(
            run: UInt64(report.coordinatorStarts), limits: limits, journal: known)
        records = []
        for process in workers.keys.sorted() { heap.put(.connect(process), at: now + random.duration(1...3000)) }
        heap.put(.coordinatorTick(start: report.coordinatorStarts), at: now)
        if known.run == nil, try !keep(.run([])) { return }
        heap.put(.beginNext(start: report.coordinatorStarts), at: now + .milliseconds(1))
    }

    mutating func killCoordinator(power: Bool) {
        noteAudits()
        coordinator = nil
        cutAllLinks()
        if power { disk.cutPower(&random) }
        heap.put(.startCoordinator, at: now + random.duration(100...10_000))
    }

    mutating func beginNext() throws {
        let world = world
        guard let (work, first) = try coordinator?.nextWork(world) else {
            guard coordinator != nil else { return }
            return end()
        }
        if let first, try !keep(first) { return }
        try feed(.begin(work))
    }

    private mutating func noteAudits() { report.audited += coordinator?.core.history.counters[.audited] ?? 0 }

    private mutating func end() {
        noteAudits()
        outcomes = coordinator?.outcomes ?? []
        isFinished = true
        report.duration = now.sinceStart
        coordinator?.isOver = true
        for worker in (coordinator?.peers.keys.sorted() ?? []) {
            if let link = coordinator?.peers[worker] { _ = send(.stop, over: link) }
        }
        heap.put(.farewellOver(start: report.coordinatorStarts), at: now + .seconds(1))
    }

    mutating func feed(_ event: Coordinator.Event) throws {
        var events = [event]
        while !events.isEmpty {
            guard let effects = coordinator?.core.handle(events.removeFirst(), at: now) else { return }
            for effect in effects {
                guard coordinator != nil else { return }
                switch effect {
                case .send(let worker, let message):
                    guard let link = coordinator?.peers[worker] else { continue }
                    if !send(message, over: link) {
                        events.append(.lost(worker, .disconnected))
                    }
                case .forget(let worker):
                    if let link = coordinator?.peers.removeValue(forKey: worker) { coordinator?.workers[link] = nil }
                case .persist(let record):
                    guard try keep(record) else { return }
                case .tasksFinished(let results): try finish(results.flatMap { $0 })
                case .fitFinished(let outcome):
                    guard try keep(.outcome(outcome)) else { return }
                    try finish(outcome)
                case .look(let task, let stage, let payload, _):
                    // The coordinator's host sees what it has surveyed: whoever finds it bad is wrong.
                    let result = world.result(stage, payload)
                    files.put(world.output(stage, payload))
                    heap.put(
                        .looked(start: report.coordinatorStarts, task, result), at: now + random.duration(100...3000))
                case .workFailed(let failure) where failure.kind != .machine:
                    throw Violation("the run believed a worker that its input is bad: \(failure.message)")
                case .report(.lost(_, let loss, _)) where loss.kind == "expelled":
                    report.expelled += 1
                case .workFailed(let failure):
                    if failure.kind == .machine, failure.message.hasPrefix(Fault.cannot(.machine).message),
                        let worker = healthyMember
                    {
                        throw Violation("the run gave up though \(worker) could do the work")
                    }
                    killCoordinator(power: false)
                case .report(.moved(let shards, _)): report.shardsMoved += shards
                case .report(.stalled): report.stalls += 1
                case .report: break
                }
            }
        }
        try check()
    }

    /// A worker that takes part and has always been able to.
    private var healthyMember: WorkerID? {
        coordinator?.peers.sorted { $0.key < $1.key }.first { _, link in
            links[link].map { workers[$0.process].map { !$0.hasFailed } ?? false } ?? false
        }?.key
    }

    private mutating func finish(_ outcome: [UInt8]) throws {
        coordinator?.finish(outcome)
        disk.sync()
        heap.put(.beginNext(start: report.coordinatorStarts), at: now + .milliseconds(1))
    }

    /// Writes a record down; false when the coordinator did not survive it.
    private mutating func keep(_ record: JournalRecord) throws -> Bool {
        try compare(record)
        var limit: Int?
        let bytes = JournalFormat.encode(record, at: disk.journal.count)
        report.writes += 1
        if let death = settings.deadlyWrite, death.number == report.writes - 1 {
            _ = disk.append(bytes, dyingAfter: Int(Double(bytes.count) * death.share))
            killCoordinator(power: death.isPowerCut)
            return false
        }
        if !isCalm, random.chance(of: 1, in: 40) {
            let kinds = [Fault.coordinator, .power].filter(settings.faults.contains)
            if !kinds.isEmpty {
                let fault = kinds[random.below(kinds.count)]
                report.faults[fault, default: 0] += 1
                // Before, within, or after the write.
                limit = [0, random.below(bytes.count + 1), bytes.count][random.below(3)]
                _ = disk.append(bytes, dyingAfter: limit)
                killCoordinator(power: fault == .power)
                return false
            }
        }
        switch disk.append(bytes, dyingAfter: nil) {
        case .written: break
        case .full, .died:
            killCoordinator(power: false)
            return false
        }
        if random.chance(of: 1, in: 4) { disk.sync() }
        return true
    }
}
