import Bytes
import ClusterProtocol
import Events
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

    /// Files that are not needed any more may be missing.
    func forget(where isUnneeded: (SharedFile) -> Bool) {
        files.withLock { files in files = files.filter { !isUnneeded($0.value) } }
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
        if folder.isCommitted || stage == .ingest && folder.workspace.eventsAreDropped { return [] }
        let files = StageRegistry.tasks(of: stage)?.files(ofTask: task, encoded: result, of: plan) ?? []
        // Without the events nobody makes anew what is of a shard.
        return store.keepsShards && !folder.workspace.eventsAreDropped ? files.filter { !$0.isOfShardsStore } : files
    }

    /// Removes the files of events once features are made of them, which are durable. Should one of those be found damaged,
    /// all is read again.
    func dropEvents() {
        // Whoever keeps shards makes them anew from the events.
        guard folder.journal != nil, !store.keepsShards, !folder.workspace.eventsAreDropped else { return }
        let workspace = folder.workspace
        // Without the mark, a run that goes on would miss them.
        guard workspace.markEventsDropped() else { return }
        made.forget { if case .store(.events) = $0 { true } else { false } }
        // Those of an object store that does not answer go at the end, with all that is there.
        _ = plan.splits.allSatisfy { workspace.drop(.events(split: $0.id)) }
    }

    /// Where a task is done once more that reads events, for the journal has lost what it gave: the run fails, finds that
    /// their files are gone, and begins again with them.
    func regretDroppedEvents(of stage: Stage) {
        guard [.label, .assemble, .measure].contains(stage), folder.workspace.eventsAreDropped else { return }
        folder.workspace.unmarkEventsDropped()
        made.add(plan.splits.map { .store(.events(split: $0.id)) })
    }

    /// Whether features have been made of all events.
    private func hasFeatures() throws(RunError) -> Bool {
        let workspace = folder.workspace
        for shard in 0..<plan.shardCount {
            let file = SharedFile.store(.features(shard: shard))
            if try !stored({ () throws(StoreError) in try workspace.has(file) }) { return false }
        }
        return true
    }

    /// Those of the finished tasks whose files are there.
    func withFiles(_ finished: [Int: [UInt8]], of stage: Stage) throws(RunError) -> [Int: [UInt8]] {
        let workspace = folder.workspace
        if stage == .ingest, workspace.eventsAreDropped, try !hasFeatures() { workspace.unmarkEventsDropped() }
        var there = finished
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
