import Bytes
import ClusterCore
import ClusterProtocol

/// A whole cluster under virtual time: the state machines of the coordinator and of the workers are the real ones, and so
/// are trainers, messages and the journal's format; network, disk, threads and processes are simulated, and a seed
/// decides what goes wrong with them and when.
///
/// After every step the invariants hold, or it throws a `Violation`: every record of the journal is the one that a single
/// worker without faults gives (a shard that counts twice or never makes another tree), owners of shards are members,
/// orders only advance. At the end the results are those of the single worker, the run has finished, and all workers
/// have left. Cost: some milliseconds a seed.
package struct Simulation {
    package struct Settings: Sendable {
        package var seed: UInt64
        package var faults: Set<Fault>
        package var workers = 4
        package var shards = 6
        package var trees = 6
        /// How many times longer than the others the first worker takes, all the time.
        package var slowness = 1
        /// Whether every worker has one thread; else one to three.
        package var hasSingleThreads = false
        /// See `Coordinator.Limits.audit`.
        package var audit = 0.0
        /// Workers that come later, and when.
        package var joining = 0
        package var joiningAfter = Duration.seconds(60)
        /// A write to the journal that the coordinator does not survive.
        package var deadlyWrite: DeadlyWrite?
        /// Whether workers with a disk of their own tell of what they have not handed in: as no real one may.
        package var keepsFiles = false
        /// When faults stop.
        package var calmAfter = Duration.seconds(90)
        /// How long the run may take from then on.
        package var patience = Duration.seconds(900)

        package init(seed: UInt64, faults: Set<Fault>) {
            self.seed = seed
            self.faults = faults
        }
    }

    /// The death of the coordinator at one of its writes to the journal.
    package struct DeadlyWrite: Sendable {
        /// Which of all, those of coordinators that died before included, from 0 on.
        package var number: Int
        /// How much of it is there afterwards: 0 to 1.
        package var share: Double
        package var isPowerCut: Bool
    }

    package struct Report: Sendable {
        /// In virtual time.
        package internal(set) var duration = Duration.zero
        package internal(set) var steps = 0
        package internal(set) var coordinatorStarts = 0
        package internal(set) var workerStarts = 0
        package internal(set) var faults: [Fault: Int] = [:]
        /// To the journal, those included that a coordinator died at.
        package internal(set) var writes = 0
        /// Shards given to workers, first and again.
        package internal(set) var shardsMoved = 0
        /// How often workers were found stalled.
        package internal(set) var stalls = 0
        /// Results that were computed twice and compared.
        package internal(set) var audited = 0
        /// Workers that were sent away for what they sent.
        package internal(set) var expelled = 0
        /// Files that went to, and came from, workers that do not see the run's folder.
        package internal(set) var filesFetched = 0
        package internal(set) var filesHandedIn = 0
        package internal(set) var filesRemade = 0
    }

    /// What a single worker without faults does: the records of each step, and its outcome.
    struct Reference: Sendable {
        var records: [[JournalRecord]] = []
        var outcomes: [[UInt8]] = []
    }

    enum Happening {
        case workerTick(Int)
        case coordinatorTick(start: Int)
        case toCoordinator(link: Int, run: UInt64, sender: UInt64, [UInt8])
        case stray(run: UInt64, sender: UInt64, [UInt8])
        case toWorker(link: Int, [UInt8])
        case computed(Int, Worker.Event)
        case looked(start: Int, TaskID, [UInt8])
        case connect(Int)
        case dataConnected(Int)
        case unlink(Int)
        case fault
        case calm
        case startWorker(slot: Int)
        case startCoordinator
        case beginNext(start: Int)
        case farewellOver(start: Int)
        case roomOnDisk
    }

    struct Link {
        var process: Int
        var isData: Bool
        var toCoordinator: Instant
        var toWorker: Instant
    }

    let settings: Settings
    let world: SimulatedWorld
    /// nil: this is the reference.
    let reference: Reference?
    var random: SimulatedRandom
    var now = Instant(.zero)
    var heap = EventHeap<Happening>()
    var coordinator: SimulatedCoordinator?
    var disk = SimulatedDisk()
    var files: SimulatedFiles
    var workers: [Int: SimulatedWorker] = [:]
    var links: [Int: Link] = [:]
    /// Of processes from and to which nothing passes.
    var cutOffUntil: [Int: Instant] = [:]
    var nextName = 1
    var isCalm: Bool
    var isFinished = false
    var outcomes: [[UInt8]] = []
    var records: [[JournalRecord]] = []
    var report = Report()
    var ordersSeen: (start: Int, fit: UInt32, sequence: UInt32) = (0, 0, 0)

    package init(_ settings: Settings) throws {
        let world = SimulatedWorld(shards: settings.shards, trees: settings.trees)
        var alone = Settings(seed: 0, faults: [])
        (alone.workers, alone.shards, alone.trees) = (1, settings.shards, settings.trees)
        alone.patience = .seconds(100_000)
        var single = Simulation(alone, world, nil)
        _ = try single.run()
        let trees = single.records.joined().count { if case .checkpoint = $0 { true } else { false } }
        guard trees > 0 else { throw Violation("a fit leaves no trees in the journal") }
        self.init(settings, world, Reference(records: single.records, outcomes: single.outcomes))
    }

    /// The same cluster, given another seed or other faults: what a single worker does need not be found out again.
    package init(_ settings: Settings, like other: Simulation) {
        self.init(settings, other.world, other.reference)
    }

    init(_ settings: Settings, _ world: SimulatedWorld, _ reference: Reference?) {
        self.settings = settings
        self.world = world
        self.reference = reference
        random = SimulatedRandom(seed: settings.seed)
        files = SimulatedFiles(seed: settings.seed)
        isCalm = settings.faults.isEmpty
    }

    /// Runs to the end.
    ///
    /// - Throws: a `Violation`, which the same seed and faults give again.
    package mutating func run() throws -> Report {
        heap.put(.startCoordinator, at: Instant(.milliseconds(random.below(500))))
        for slot in 0..<settings.workers {
            heap.put(.startWorker(slot: slot), at: Instant(.milliseconds(random.below(3000))))
        }
        for slot in 0..<settings.joining {
            heap.put(.startWorker(slot: settings.workers + slot), at: Instant(settings.joiningAfter))
        }
        if !isCalm {
            heap.put(.fault, at: Instant(random.duration(200...3000)))
            heap.put(.calm, at: Instant(settings.calmAfter))
        }
        let deadline = Instant((isCalm ? .zero : settings.calmAfter) + settings.patience)
        // One that came too late to be told of the run waits for the next.
        while !(isFinished && workers.values.allSatisfy({ !$0.core.hasServed })), let (time, happening) = heap.take() {
            now = time
            report.steps += 1
            if now > deadline, !isFinished {
                throw Violation("not finished \(settings.patience) after the last fault: \(situation)")
            }
            // Workers may have to run out of patience with a coordinator that ended without their knowing.
            if now > deadline + Worker.Limits().patience + .seconds(120) { throw Violation("a worker never leaves") }
            try take(happening)
        }
        guard isFinished else { throw Violation("nothing is left to happen, and the run is not over") }
        if let reference, outcomes != reference.outcomes { throw Violation("the results differ") }
        return report
    }

    private mutating func take(_ happening: Happening) throws {
        switch happening {
        case .workerTick(let process):
            guard workers[process] != nil else { return }
            try feed(process, .tick)
            heap.put(.workerTick(process), at: now + .milliseconds(200))
        case .coordinatorTick(let start):
            guard coordinator != nil, start == report.coordinatorStarts else { return }
            try feed(.tick)
            heap.put(.coordinatorTick(start: start), at: now + .milliseconds(500))
        case .toCoordinator(let link, let run, let sender, let bytes):
            try arrive(link, run, sender, bytes)
        case .stray(let run, let sender, let bytes): try stray(run, sender, bytes)
        case .toWorker(let link, let bytes):
            guard let process = links[link]?.process else { return }
            try feed(process, .received(try CoordinatorMessage(decoding: bytes)))
        case .computed(let process, let event):
            try feed(process, event)
        case .looked(let start, let task, let result):
            guard coordinator != nil, start == report.coordinatorStarts else { return }
            try feed(.looked(task, .did(result)))
        case .connect(let process): connect(process)
        case .dataConnected(let process): try feed(process, .dataConnected)
        case .unlink(let link): links[link] = nil
        case .fault:
            guard !isCalm else { return }
            try inject()
            heap.put(.fault, at: now + random.duration(200...4000))
        case .calm: try calm()
        case .startWorker(let slot): startWorker(slot)
        case .startCoordinator: try startCoordinator()
        case .beginNext(let start):
            guard start == report.coordinatorStarts else { return }
            try beginNext()
        case .farewellOver(let start):
            guard start == report.coordinatorStarts, coordinator != nil else { return }
            coordinator = nil
            cutAllLinks()
        case .roomOnDisk: disk.isFull = false
        }
    }

    mutating func name() -> Int {
        nextName += 1
        return nextName
    }
}
