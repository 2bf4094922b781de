import Bytes
import ClusterCore
import ClusterProtocol

/// Connections keep the order of what they carry, each way; different ones do not. One that is cut loses what is under way.
extension Simulation {
    mutating func connect(_ process: Int) {
        guard workers[process] != nil, coordinator != nil, workers[process]?.control == nil else { return }
        let (control, data) = (name(), name())
        links[control] = Link(process: process, isData: false, toCoordinator: now, toWorker: now)
        links[data] = Link(process: process, isData: true, toCoordinator: now, toWorker: now)
        workers[process]?.control = control
        workers[process]?.data = data
    }

    /// Ends a process' connections; they come back under other names if it lives.
    mutating func disconnect(_ process: Int, controlToo: Bool = true) {
        if let data = workers[process]?.data { links[data] = nil }
        workers[process]?.data = nil
        if controlToo {
            if let control = workers[process]?.control { links[control] = nil }
            workers[process]?.control = nil
            heap.put(.connect(process), at: now + random.duration(10...3000))
        } else {
            let data = name()
            links[data] = Link(process: process, isData: true, toCoordinator: now, toWorker: now)
            workers[process]?.data = data
            // Now and then it goes unnoticed.
            if random.chance(of: 3, in: 4) { heap.put(.dataConnected(process), at: now + random.duration(1...1000)) }
        }
    }

    mutating func cutAllLinks() {
        for process in workers.keys.sorted() {
            workers[process]?.control = nil
            workers[process]?.data = nil
        }
        links = [:]
    }

    /// When a message that is sent now arrives, after those before it.
    private mutating func arrival(after last: Instant, _ process: Int, bytes: Int) -> Instant {
        var latency = Duration.microseconds(100 + random.below(900) + bytes / 100)
        if settings.faults.contains(.delay), !isCalm, random.chance(of: 1, in: 10) {
            latency += random.duration(1...3000)
        }
        let start = max(now, cutOffUntil[process] ?? now)
        return max(last + .nanoseconds(1), start + latency)
    }

    mutating func send(_ message: WorkerMessage, from process: Int) {
        guard let worker = workers[process], let link = message.isData ? worker.data : worker.control,
            let place = links[link]
        else { return }
        let bytes = message.encoded
        let sender = worker.core.sender?.number ?? 0
        let time = arrival(after: place.toCoordinator, process, bytes: bytes.count)
        links[link]?.toCoordinator = time
        heap.put(.toCoordinator(link: link, run: worker.run, sender: sender, bytes), at: time)
        guard message.isData, settings.faults.contains(.duplicate), !isCalm, random.chance(of: 1, in: 10) else {
            return
        }
        report.faults[.duplicate, default: 0] += 1
        heap.put(.stray(run: worker.run, sender: sender, bytes), at: time + random.duration(0...10_000))
    }

    /// False when there is no such connection.
    mutating func send(_ message: CoordinatorMessage, over link: Int) -> Bool {
        guard let place = links[link] else { return false }
        let bytes = message.encoded
        let time = arrival(after: place.toWorker, place.process, bytes: bytes.count)
        links[link]?.toWorker = time
        heap.put(.toWorker(link: link, bytes), at: time)
        return true
    }

    /// As the coordinator's shell: who is not known registers; what bears another run's number is of a run before.
    mutating func arrive(_ link: Int, _ run: UInt64, _ sender: UInt64, _ bytes: [UInt8]) throws {
        guard let place = links[link], let coordinator else { return }
        let again = coordinator.isOver ? CoordinatorMessage.stop : .registerAgain
        if run != coordinator.run, run != 0 || sender != 0 {
            if !place.isData { _ = send(again, over: link) }
            return
        }
        let message = try WorkerMessage(decoding: bytes)
        if place.isData {
            try arrive(WorkerID(sender), message)
        } else if case .hello(let hello) = message {
            try register(link, hello)
        } else if let worker = coordinator.workers[link], worker.number == sender || message.isGoodbye && sender != 0 {
            // A goodbye over a connection is of whoever is there, also if it does not know its latest number yet.
            try feed(.received(worker, message))
        } else {
            _ = send(again, over: link)
        }
        if case .goodbye = message, self.coordinator?.workers[link] != nil {
            throw Violation("a worker said goodbye over connection \(link), and is taken for one that is there")
        }
    }

    /// Data that comes over a connection which the worker has given up: after what it has sent over the next.
    mutating func stray(_ run: UInt64, _ sender: UInt64, _ bytes: [UInt8]) throws {
        guard run == coordinator?.run else { return }
        try arrive(WorkerID(sender), try WorkerMessage(decoding: bytes))
    }

    private mutating func arrive(_ sender: WorkerID, _ message: WorkerMessage) throws {
        guard coordinator?.peers[sender] != nil else { return }
        try feed(.received(sender, message))
    }

    private mutating func register(_ link: Int, _ hello: Hello) throws {
        if coordinator?.isOver ?? true {
            _ = send(.stop, over: link)
            return
        }
        if let earlier = coordinator?.workers[link] { try feed(.lost(earlier, .registeredAgain)) }
        guard let number = coordinator?.nextWorker, let run = coordinator?.run else { return }
        let worker = WorkerID(number)
        coordinator?.nextWorker += 1
        let welcome = Welcome(
            worker: worker, run: run, instanceText: "", instanceFile: "", baseDirectory: "", workspace: "")
        guard send(.welcome(welcome), over: link) else { return }
        coordinator?.peers[worker] = link
        coordinator?.workers[link] = worker
        try feed(.joined(worker, hello))
    }
}

extension WorkerMessage {
    fileprivate var isGoodbye: Bool { if case .goodbye = self { true } else { false } }
}
