import Bytes
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import InstanceFile
import RunOutputs

/// What the stages of one run share: the request, the place, the cluster, and how long each stage took.
struct RunContext: ~Copyable {
    var instance: Instance
    let instanceText: String
    let plan: InputPlan
    let watch: InputWatch
    var folder: RunFolder
    let service: CoordinatorService
    let files: FileServer
    let observe: @Sendable (RunEvent) -> Void
    let made: MadeFiles
    private(set) var timings: [RunFile.Stage] = []
    /// When the run began first, before any interruption.
    let started: Date
    /// Where the results go in the end, if not only to the folder.
    var objects: ObjectResults?

    init(
        instance: Instance, instanceText: String, plan: InputPlan, watch: InputWatch, folder: consuming RunFolder,
        service: CoordinatorService, files: FileServer, started: Date,
        observe: @escaping @Sendable (RunEvent) -> Void
    ) {
        let workspace = folder.workspace
        made = MadeFiles(in: workspace)
        folder.journal?.tells(
            ofFilesIn: workspace.store.folders + [workspace.results]
                + (["segments", "features", "model"] + instance.partedOutputs).map { "\(workspace.results)/\($0)" })
        self.instance = instance
        self.instanceText = instanceText
        self.plan = plan
        self.watch = watch
        self.folder = folder
        self.service = service
        self.files = files
        self.started = started
        self.observe = observe
    }

    var store: ShardStore { folder.workspace.store }

    /// Since the run began, to the millisecond.
    var seconds: Double { (Date().timeIntervalSince(started) * 1000).rounded() / 1000 }

    /// Times a stage and tells the observer of it.
    mutating func timed<Value>(
        _ stage: Stage, _ title: String, _ body: (borrowing RunContext) throws(RunError) -> Value
    ) throws(RunError) -> Value {
        observe(.stage(stage, title: title))
        service.announce(title)
        let start = ContinuousClock.now
        let before = service.traffic.total
        let value = try body(self)
        let elapsed = ContinuousClock.now - start
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let after = service.traffic.total
        timings.append(
            RunFile.Stage(
                stage: stage.rawValue, title: title, seconds: (seconds * 1000).rounded() / 1000,
                bytes: Int(after.received - before.received), bytesSent: Int(after.sent - before.sent)))
        return value
    }

    /// Notes how many trees the last stage grew.
    mutating func note(trees: Int) {
        guard let last = timings.indices.last, trees > 0 else { return }
        timings[last].bytesPerTree = timings[last].bytes / trees
    }

    func stored<Value>(_ body: () throws(StoreError) -> Value) throws(RunError) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw .failed(RunFailure(error))
        }
    }
}
