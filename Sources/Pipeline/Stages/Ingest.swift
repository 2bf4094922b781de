import Bytes
import ClusterProtocol
import Events
import Tables

extension Stage { static let ingest = Stage("ingest") }

enum IngestStage: TaskStage {
    static let stage = Stage.ingest
    static let areShards = false

    static func perform(_ task: IngestTask, by executor: TaskExecutor) throws(Failure) -> IngestSummary {
        try executor.ingest(task)
    }

    static func files(ofTask task: Int, _ result: IngestSummary, of plan: InputPlan) -> [SharedFile] {
        plan.splits.indices.contains(task) ? [.store(.events(split: plan.splits[task].id))] : []
    }

    static func split(of task: IngestTask) -> Int? { task.split }
}

struct IngestTask: FieldCodable {
    /// Index into the plan's splits.
    var split: Int

    static let fields = FieldList(Self.init, \.split)
}

extension TaskExecutor {
    /// Reads one split of the input and leaves its events, by shard, in one file of the store.
    func ingest(_ task: IngestTask) throws(Failure) -> IngestSummary {
        let plan: InputPlan = try read(.plan)
        guard plan.splits.indices.contains(task.split), plan.fits(instance) else {
            throw Failure(.machine, "no split \(task.split) of this instance")
        }
        var split = plan.splits[task.split]
        guard split.isDeclared(by: instance) else {
            throw Failure(.machine, "the plan reads \(split.path), which the instance does not name: it is not opened")
        }
        let told = split.path
        split.path = map(told)
        let difference: String?
        do throws(TableError) {
            difference = try split.difference()
        } catch {
            // Without credentials, perhaps.
            guard workspace.remote != nil else { throw Failure(.machine, "\(error)") }
            difference = "\(error)"
        }
        if let remote = workspace.remote, difference != nil || !remote.seesInputs {
            // The coordinator sees to it that it stays what was surveyed.
            return try remote.lend(.input(split: task.split), as: told) { path throws(Failure) in
                var lent = split
                lent.path = path
                return try ingest(lent, plan) { error in
                    // It is there for the coordinator, and was fetched: its content is at fault.
                    Failure(.input, "\(error)".replacing(path, with: told))
                }
            }
        }
        // Before and after it is read: a file may be another one here, or be replaced in the middle.
        if let difference { throw Failure(.otherInput, "\(split.path) \(difference)") }
        let moment: InputMoment?
        do throws(TableError) {
            moment = try InputMoment(of: split.path)
        } catch {
            throw Failure(.machine, "\(error)")
        }
        return try ingest(split, plan) { () throws(Failure) in
            try split.checkUnchanged(since: moment)
        } failing: {
            Failure(reading: $0)
        }
    }

    /// - Parameters:
    ///   - check: asked before what was read counts, and before an error does.
    ///   - failure: what is made of an error of the input.
    private func ingest(
        _ split: InputSplit, _ plan: InputPlan, checking check: () throws(Failure) -> Void = {},
        failing failure: (any Error) -> Failure
    ) throws(Failure) -> IngestSummary {
        do {
            var writer = try EventFileWriter(store.path(.events(split: split.id)), below: store.root)
            let summary: IngestSummary
            do {
                summary = try EventIngester(instance: instance, plan: plan).ingest(split, progress: { _ in }) {
                    shard, block in
                    try writer.append(shard: shard, block: block)
                }
            } catch let error as StoreError {
                throw error
            } catch {
                try check()
                throw failure(error)
            }
            try check()
            try writer.finish()
            try store.hand(.events(split: split.id))
            return summary
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}

extension InputSplit {
    /// - Parameter moment: when its reading began.
    func checkUnchanged(since moment: InputMoment?) throws(Failure) {
        var found: String?
        do throws(TableError) {
            let isAsBefore = try InputMoment(of: path) == moment
            found = try difference()
            if found == nil, !isAsBefore { found = "was written to while it was read" }
        } catch {
            throw Failure(.machine, "\(error)")
        }
        if let found { throw Failure(.otherInput, "\(path) \(found)") }
    }
}
