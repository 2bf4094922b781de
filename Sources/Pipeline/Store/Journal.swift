import ClusterCore
import Events
import Foundation
import Synchronization

/// A run's journal on disk: records are appended, never changed; a tail that a crash tore is cut when it is opened.
///
/// A record that `append` has returned for survives the death of this process at once, and a power cut after the next
/// `sync`, which `append` calls itself twice a second. Whatever a power cut takes is a tail: tasks done once more.
final class Journal: Sendable {
    private struct State {
        var length: Int
        var steps: JournaledSteps
        var hasSteps: Bool
        var lastSync = ContinuousClock.now
        /// Where the files are that its records tell of.
        var folders: [String] = []
        /// Set when a record is there in part and could not be cut off: nothing may come after it.
        var isBroken = false
    }

    let path: String
    private let descriptor: Int32
    private let state: Mutex<State>

    /// Opens the journal, or makes an empty one.
    init(path: String) throws(StoreError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StoreError("write", path) }
        do throws(StoreError) {
            let (steps, length) = JournaledSteps.read(try Files.read(path))
            guard ftruncate(descriptor, off_t(length)) == 0 else { throw StoreError("cut", path) }
            state = Mutex(State(length: length, steps: steps, hasSteps: steps.count > 0))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// What the first record says of the run.
    var run: [UInt8]? { state.withLock { $0.steps.run } }
    /// Whether a task or tree stands in it.
    var hasSteps: Bool { state.withLock { $0.hasSteps } }
    /// Steps that had begun when the journal was opened.
    var stepCount: Int { state.withLock { $0.steps.count } }

    /// What was known of the run's next step when the journal was opened.
    func takeStep() -> JournaledSteps.Step? { state.withLock { $0.steps.take() } }

    /// Says where the files are that its records tell of: their names are made durable before it is.
    func tells(ofFilesIn folders: [String]) { state.withLock { $0.folders = folders } }

    /// - Throws: when the disk is full or fails; the journal then ends with the record before.
    func append(_ record: JournalRecord) throws(StoreError) {
        let result = state.withLock { state in
            Result { () throws(StoreError) in try append(record, &state) }
        }
        try result.get()
    }

    private func append(_ record: JournalRecord, _ state: inout State) throws(StoreError) {
        guard !state.isBroken else { throw StoreError("write", path, EIO) }
        let bytes = JournalFormat.encode(record, at: state.length)
        do throws(StoreError) {
            try Files.write(descriptor, path, bytes, offset: state.length)
        } catch {
            state.isBroken = ftruncate(descriptor, off_t(state.length)) != 0
            throw error
        }
        state.length += bytes.count
        switch record {
        case .run, .step: break
        case .result, .checkpoint, .outcome: state.hasSteps = true
        }
        if ContinuousClock.now - state.lastSync > .milliseconds(500) { try sync(&state) }
    }

    /// Makes everything appended so far durable.
    func sync() throws(StoreError) {
        let result = state.withLock { state in
            Result { () throws(StoreError) in try sync(&state) }
        }
        try result.get()
    }

    private func sync(_ state: inout State) throws(StoreError) {
        for folder in state.folders where FileManager.default.fileExists(atPath: folder) { try Files.sync(folder) }
        guard fsync(descriptor) == 0 else { throw StoreError("sync", path) }
        state.lastSync = .now
    }
}
