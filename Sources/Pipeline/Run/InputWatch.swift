import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import Synchronization

/// The input files as they were when the run looked at them first, on the coordinator's own host.
struct InputWatch: Sendable {
    private let files: [(split: InputSplit, moment: InputMoment?)]
    /// Of each split: the place of its file.
    private let places: [Int]

    /// Of the plan's files, which were surveyed just now.
    init(_ plan: InputPlan) {
        var files: [(InputSplit, InputMoment?)] = []
        var known: [String: Int] = [:]
        places = plan.splits.map { split in
            if let place = known[split.path] { return place }
            known[split.path] = files.count
            files.append((split, InputMoment(of: split.path)))
            return files.count - 1
        }
        self.files = files
    }

    /// What to tell the user of the first file that is not what it was; nil if all are.
    ///
    /// - Parameter split: only its file is looked at; nil: all are.
    ///
    /// Cost: some reads of each file.
    func change(ofSplit split: Int? = nil) -> String? {
        let looked = split.map { places.indices.contains($0) ? places[$0]..<places[$0] + 1 : 0..<0 } ?? files.indices
        for (split, moment) in files[looked] {
            let reason = split.difference() ?? (InputMoment(of: split.path) == moment ? nil : "was written to")
            guard let reason else { continue }
            return
                "\(split.path) changed while the run read it (it \(reason)): start the run again once nothing writes to it"
        }
        return nil
    }
}

/// The coordinator's host itself, which looks at what a worker says is bad before the run believes it.
final class OwnEyes: Sendable {
    private let invitation: CoordinatorLoop.Invitation
    private let watch: InputWatch
    private let executor = Mutex<TaskExecutor?>(nil)

    init(_ invitation: CoordinatorLoop.Invitation, _ watch: InputWatch) {
        self.invitation = invitation
        self.watch = watch
    }

    /// - Parameter isDone: whether the task is done here, as a worker would; else only its input is looked at.
    func look(at stage: Stage, _ payload: [UInt8], isDone: Bool) -> Coordinator.Look {
        let split = StageRegistry.tasks(of: stage)?.split(ofEncoded: payload)
        if let change = watch.change(ofSplit: split) { return .failed(Failure(.input, change)) }
        guard isDone else { return .isUnchanged }
        do throws(Failure) {
            let result = try taskExecutor().perform(stage, payload)
            // What changed in the middle of it would be the reason of whatever came out.
            if let change = watch.change(ofSplit: split) { return .failed(Failure(.input, change)) }
            return .did(result)
        } catch {
            if let change = watch.change(ofSplit: split) { return .failed(Failure(.input, change)) }
            // This host's own store and memory say nothing of the input.
            return .failed(error.kind == .input ? error : Failure(.machine, error.message))
        }
    }

    private func taskExecutor() throws(Failure) -> TaskExecutor {
        if let made = executor.withLock({ $0 }) { return made }
        let made = try TaskExecutor(
            Welcome(
                worker: WorkerID(0), run: 0, instanceText: invitation.instanceText,
                instanceFile: invitation.instanceFile, baseDirectory: invitation.baseDirectory,
                workspace: invitation.workspace))
        executor.withLock { $0 = made }
        return made
    }
}
