import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import Synchronization
import Tables

/// The coordinator's host itself, which looks at what a worker says is bad before the run believes it.
final class InputVerifier: Sendable {
    private let invitation: Invitation
    private let workspace: Workspace
    private let watch: InputWatch
    private let executor = Mutex<TaskExecutor?>(nil)

    init(_ invitation: Invitation, _ workspace: Workspace, _ watch: InputWatch) {
        self.invitation = invitation
        self.workspace = workspace
        self.watch = watch
    }

    /// - Parameter isDone: whether the task is done here, as a worker would; else only its input is looked at.
    func look(at stage: Stage, _ payload: [UInt8], isDone: Bool) -> Coordinator.Look {
        let split = StageRegistry.tasks(of: stage)?.split(ofEncoded: payload)
        /// nil where it is as it was.
        func change() -> Failure? {
            guard let split else { return nil }
            do throws(TableError) {
                return try watch.change(ofSplit: split).map { Failure(.input, $0) }
            } catch {
                return Failure(.machine, "\(error)")
            }
        }
        if let change = change() { return .failed(change) }
        guard isDone else { return .isUnchanged }
        do throws(Failure) {
            let result = try taskExecutor().perform(stage, payload)
            // What changed in the middle of it would be the reason of whatever came out.
            if let change = change() { return .failed(change) }
            return .did(result)
        } catch {
            if let change = change() { return .failed(change) }
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
                workspace: invitation.workspace)
        ) { [workspace] _ in workspace }
        executor.withLock { $0 = made }
        return made
    }
}
