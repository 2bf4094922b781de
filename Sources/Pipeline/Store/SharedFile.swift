/// A file of a run that a worker may ask the coordinator for, or hand it, where it does not see the run's folder. Its name in
/// messages is made of what it is; a name that is none of these names nothing.
enum SharedFile: Sendable {
    case store(ShardStore.Name)
    /// A shard's part of an output, in a folder of the results.
    case result(folder: String, shard: Int)
    /// The input file that a split of the plan is part of, by the split's place there.
    case input(split: Int)
    /// A part of the scores of an earlier run (`Workspace.earlierRun`).
    case earlierScores(run: Int, part: Int)

    var name: String {
        switch self {
        case .store(let name): "store/\(name.path)"
        case .result(let folder, let shard): "results/\(folder)/\(OutputFiles.part(shard))"
        case .input(let split): "inputs/\(split)"
        case .earlierScores(let run, let part): "earlier/\(run)/\(part)"
        }
    }

    /// - Parameter folders: those of the results that have parts.
    init?(name: String, folders: [String]) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("store", _):
            guard let stored = ShardStore.Name(path: parts.dropFirst().joined(separator: "/")) else { return nil }
            self = .store(stored)
        case ("results", 3...):
            let folder = parts[1..<(parts.count - 1)].joined(separator: "/")
            let digits = parts[parts.count - 1].dropFirst("part-".count).prefix { $0 != "." }
            guard folders.contains(folder), let shard = Int(digits: digits) else { return nil }
            self = .result(folder: folder, shard: shard)
        case ("inputs", 2):
            guard let split = Int(digits: parts[1]) else { return nil }
            self = .input(split: split)
        case ("earlier", 3):
            guard let run = Int(digits: parts[1]), let part = Int(digits: parts[2]) else { return nil }
            self = .earlierScores(run: run, part: part)
        default: return nil
        }
        // One name for each: no sign, no leading zero.
        guard self.name == name else { return nil }
    }
}

extension Int {
    /// The number that digits write, without a sign.
    fileprivate init?(digits: some StringProtocol) {
        guard digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        self.init(digits)
    }
}

extension ShardStore.Name {
    /// The name of a file at this path below the store; nil where there is none.
    init?(path: String) {
        let shardKinds: [(String, @Sendable (Int) -> Self)] = [
            (".features", { .features(shard: $0) }), (".bins", { .binned(shard: $0) }),
            (".scores", { .scores(shard: $0) }),
        ]
        func number(_ prefix: String, _ suffix: String = "") -> Int? {
            guard path.hasPrefix(prefix), path.hasSuffix(suffix),
                path.utf8.count > prefix.utf8.count + suffix.utf8.count
            else { return nil }
            return Int(digits: path.dropFirst(prefix.count).dropLast(suffix.count))
        }
        let found: Self?
        switch path {
        case Self.plan.path: found = .plan
        case Self.recipe.path: found = .recipe
        case Self.bins.path: found = .bins
        case Self.scoreContext.path: found = .scoreContext
        default:
            found =
                number("model-").map { .model($0) } ?? number("events/").map { .events(split: $0) }
                ?? shardKinds.lazy.compactMap { suffix, make in number("shards/", suffix).map(make) }.first
        }
        guard let found, found.path == path else { return nil }
        self = found
    }

    /// Whether it is a task that leaves it, and not the coordinator.
    var isOfTask: Bool {
        switch self {
        case .events: true
        default: isOfShard
        }
    }

    /// Whether it was made of one shard.
    var isOfShard: Bool {
        switch self {
        case .features, .binned, .scores: true
        case .events, .plan, .recipe, .bins, .scoreContext, .model: false
        }
    }
}
