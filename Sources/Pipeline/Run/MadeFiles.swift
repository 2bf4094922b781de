import Bytes
import ClusterProtocol
import Features
import Foundation
import Synchronization

/// The files that a run's finished tasks have left, and may be asked for. Whoever finds one damaged removes it: what is
/// missing is made anew by its stage.
final class MadeFiles: Sendable {
    private let workspace: Workspace
    private let files = Mutex<[String: SharedFile]>([:])

    init(in workspace: Workspace) { self.workspace = workspace }

    func add(_ more: some Sequence<SharedFile>) {
        files.withLock { files in
            for file in more { files[file.name] = file }
        }
    }

    /// The path of the first that is missing, in the order of their names; nil: none is.
    func firstMissing() throws(StoreError) -> String? {
        for (name, file) in files.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            if try !workspace.has(file) { return workspace.path(of: file) ?? name }
        }
        return nil
    }
}

extension RunContext {
    /// The files that a stage's task leaves where others find them; none once the results have taken their place.
    func files(of stage: Stage, task: Int, result: [UInt8]) -> [SharedFile] {
        if folder.isCommitted { return [] }
        let files = StageRegistry.tasks(of: stage)?.files(ofTask: task, encoded: result, of: plan) ?? []
        return store.keepsShards ? files.filter { !$0.isOfShardsStore } : files
    }

    /// Those of the finished tasks whose files are there.
    func withFiles(_ finished: [Int: [UInt8]], of stage: Stage) throws(RunError) -> [Int: [UInt8]] {
        var there = finished
        let workspace = folder.workspace
        for (task, result) in finished {
            for file in files(of: stage, task: task, result: result) {
                if try stored({ () throws(StoreError) in try workspace.has(file) }) { continue }
                there[task] = nil
                break
            }
        }
        if there.count < finished.count {
            let count = finished.count - there.count
            observe(
                .note("\(count) \(count == 1 ? "file" : "files") of \(stage.rawValue) are gone or damaged: made anew"))
        }
        return there
    }
}

extension SharedFile {
    /// Whether it was made of one shard, for later stages.
    fileprivate var isOfShardsStore: Bool { if case .store(let name) = self { name.isOfShard } else { false } }
}
