import Bytes
import ClusterProtocol
import Customers
import Foundation
import Synchronization

/// The files that a run's finished tasks have left, and may be asked for. Whoever finds one damaged removes it: what is
/// missing is made anew by its stage.
final class MadeFiles: Sendable {
    private let paths = Mutex<Set<String>>([])

    func add(_ more: some Sequence<String>) { paths.withLock { $0.formUnion(more) } }

    /// In their order.
    var missing: [String] { paths.withLock { $0.filter { !Self.isThere($0) }.sorted() } }

    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

extension RunState {
    /// The files that a stage's task leaves; none once the results have taken their place.
    func files(of stage: Stage, task: Int, result: [UInt8]) -> [String] {
        if folder.isCommitted { return [] }
        switch stage {
        case .gather:
            return plan.splits.indices.contains(task) ? [store.path(.events(split: plan.splits[task].id))] : []
        case .assemble: return [store.path(.features(shard: task))]
        case .bin: return [store.path(.binned(shard: task))]
        case .score: return [store.path(.scores(shard: task))]
        case .segment: return [store.path(.members(shard: task))]
        case .collect, .export:
            let files = (try? OutputFiles(decoding: result))?.files ?? []
            return files.map { "\(folder.workspace.results)/\($0.path)" }
        case .sketch, .train, .regress, .evaluate, .measure: return []
        }
    }

    /// Those of the finished tasks whose files are there.
    func withFiles(_ finished: [Int: [UInt8]], of stage: Stage) -> [Int: [UInt8]] {
        let there = finished.filter { task, result in
            files(of: stage, task: task, result: result).allSatisfy(MadeFiles.isThere)
        }
        if there.count < finished.count {
            let count = finished.count - there.count
            observe(
                .note("\(count) \(count == 1 ? "file" : "files") of \(stage.rawValue) are gone or damaged: made anew"))
        }
        return there
    }
}
