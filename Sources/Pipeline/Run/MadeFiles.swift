import Bytes
import ClusterProtocol
import Features
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

extension RunContext {
    /// The files that a stage's task leaves; none once the results have taken their place.
    func files(of stage: Stage, task: Int, result: [UInt8]) -> [String] {
        if folder.isCommitted { return [] }
        let place = StagePlace(plan: plan, store: store, results: folder.workspace.results)
        return StageRegistry.tasks(of: stage)?.files(ofTask: task, encoded: result, in: place) ?? []
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
