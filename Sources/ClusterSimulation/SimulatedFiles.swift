import Bytes
import ClusterCore
import ClusterProtocol

/// A file that a task leaves, and later ones read.
struct SimulatedFile: Hashable {
    var stage: Stage
    var part: Int
}

/// Where files are: in the folder of the run, which the coordinator sees and some workers do, and on disks that only one
/// worker sees, which hands in what it makes before that counts, and fetches what it has not.
struct SimulatedFiles {
    /// Which workers see the folder of the run.
    private enum Sight: CaseIterable { case all, none, some }

    private(set) var shared: Set<SimulatedFile> = []
    private let sight: Sight
    /// Whether what was made of a shard stays on the disk of who has made it, and is made anew where it is not.
    let keepsShards: Bool

    init(seed: UInt64) {
        var random = SimulatedRandom(seed: seed ^ 0xF11E)
        sight = Sight.allCases[random.below(Sight.allCases.count)]
        keepsShards = random.below(2) == 0
    }

    func isSeen(bySlot slot: Int) -> Bool {
        switch sight {
        case .all: true
        case .none: false
        case .some: slot.isMultiple(of: 2)
        }
    }

    mutating func put(_ file: SimulatedFile) { shared.insert(file) }
}

extension SimulatedWorld {
    /// What a task leaves.
    func output(_ stage: Stage, _ payload: [UInt8]) -> SimulatedFile {
        var reader = ByteReader(payload)
        let part = (try? reader.read() as UInt32) ?? .max
        return SimulatedFile(stage: stage, part: Int(part))
    }

    /// What a task reads.
    func inputs(of output: SimulatedFile) -> [SimulatedFile] {
        func all(_ stage: Stage, _ count: Int) -> [SimulatedFile] {
            (0..<count).map { SimulatedFile(stage: stage, part: $0) }
        }
        return switch output.stage.rawValue {
        case "bin": all(Stage("ingest"), 4)
        case "score": [binned(UInt32(output.part))]
        case "write": all(Stage("score"), shards)
        default: []
        }
    }

    /// Whether it was made of one shard, for later stages.
    func isOfShard(_ file: SimulatedFile) -> Bool { ["bin", "score"].contains(file.stage.rawValue) }

    /// What a shard is trained on.
    func binned(_ shard: UInt32) -> SimulatedFile { SimulatedFile(stage: Stage("bin"), part: Int(shard)) }
}

extension Simulation {
    /// Sees to it that a worker has what it is to read, from its own disk, the run's folder or the coordinator, or makes it
    /// anew; how many files it had to fetch or make. What the coordinator asks for can be had, or somebody's work is lost.
    mutating func bring(_ files: [SimulatedFile], to process: Int) throws -> Int {
        guard let worker = workers[process] else { return 0 }
        let missing = Set(files).subtracting(worker.scratch ?? [])
        let gone = missing.subtracting(self.files.shared)
        guard gone.isEmpty || self.files.keepsShards && gone.allSatisfy(world.isOfShard) else {
            throw Violation("a worker is to read what is nowhere: \(gone)")
        }
        var count = 0
        for file in gone.sorted(by: { $0.part < $1.part }) {
            count += try 1 + bring(world.inputs(of: file), to: process)
            report.filesRemade += 1
            if worker.scratch == nil { self.files.put(file) }
        }
        guard worker.scratch != nil else { return count }
        workers[process]?.scratch?.formUnion(missing)
        report.filesFetched += missing.count - gone.count
        return count + missing.count - gone.count
    }

    /// What a worker's effect reads.
    func needs(of effect: Worker.Effect, _ process: Int) -> [SimulatedFile] {
        switch effect {
        case .perform(_, _, let stage, let payload): world.inputs(of: world.output(stage, payload))
        case .assign(_, let assignment), .recompute(_, _, let assignment): assignment.shards.map(world.binned)
        case .answer: workers[process]?.shards.map(world.binned) ?? []
        default: []
        }
    }

    /// Puts what a task has left where it has to be before its result is told; false where that cannot be now.
    mutating func handIn(_ task: TaskID, of process: Int) -> Bool {
        guard let worker = workers[process], let file = worker.made[task] else { return true }
        if worker.scratch != nil {
            guard worker.data != nil, cutOffUntil[process].map({ $0 <= now }) ?? true else { return false }
            workers[process]?.scratch?.insert(file)
            if settings.keepsFiles || files.keepsShards && world.isOfShard(file) { return true }
            report.filesHandedIn += 1
        }
        files.put(file)
        workers[process]?.made[task] = nil
        return true
    }
}
