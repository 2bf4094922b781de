import Bytes
import ClusterCore
import ClusterProtocol
package import ClusterTransport
import Events
import Features
import Foundation
import InstanceFile
import Learning
import Logging
package import Readiness
import Synchronization
import Tables
import ZeroMQ

/// What to run, where, and with whom.
package struct RunRequest: Sendable {
    package enum Cluster: Sendable {
        /// Worker processes of this program, started for this run.
        case local(workers: Int, threads: Int)
        /// Workers that come by themselves.
        case listening(Listening)
    }

    /// Where workers find a coordinator, and who they may be.
    package struct Listening: Sendable {
        package var endpoint: Endpoint
        /// nil where whoever reaches the endpoint may take part.
        package var keys: CoordinatorKeys?
        /// The run begins when so many are there.
        package var minimumWorkers: Int
        /// What this machine is called elsewhere; nil: as the system says.
        package var advertisedAs: String?
        /// A file that says where the coordinator is, as long as it is there; nil: none.
        package var rendezvous: String?

        package init(
            endpoint: Endpoint, keys: CoordinatorKeys?, minimumWorkers: Int, advertisedAs: String? = nil,
            rendezvous: String? = nil
        ) {
            self.endpoint = endpoint
            self.keys = keys
            self.minimumWorkers = minimumWorkers
            self.advertisedAs = advertisedAs
            self.rendezvous = rendezvous
        }
    }

    package var instanceFile: String
    /// Wins over the instance's own.
    package var output: String?
    package var cluster: Cluster
    /// This program's file.
    package var executable: String
    package var log: LogSettings
    /// Drop what an interrupted run had done, instead of going on from it.
    package var isFresh: Bool
    /// Where a run works whose results go to an object store; nil: beside the instance file.
    package var workFolder: String?
    package var store = StoreSettings()
    /// The share of results that a second worker computes too: 0 to 1 (see `Coordinator.Limits.audit`).
    package var audit = 0.0
    /// Whether workers of another build of the program may take part, which may compute other bytes.
    package var acceptsAnyBuild = false

    package init(
        instanceFile: String, output: String?, cluster: Cluster, executable: String, log: LogSettings,
        isFresh: Bool = false
    ) {
        self.isFresh = isFresh
        self.instanceFile = instanceFile
        self.output = output
        self.cluster = cluster
        self.executable = executable
        self.log = log
    }
}

/// One execution of an instance, stage by stage: `execute` has their order.
///
/// The coordinator's side of the story; every stage's work is done by workers.
package final class Run: Sendable {
    let request: RunRequest
    let observe: @Sendable (RunEvent) -> Void
    private let interruption = Mutex<(isInterrupted: Bool, service: CoordinatorService?)>((false, nil))

    package init(_ request: RunRequest, observe: @escaping @Sendable (RunEvent) -> Void) {
        self.request = request
        self.observe = observe
    }

    /// Ends the run as soon as its current wait ends. May be called from any thread.
    package func interrupt() {
        interruption.withLock {
            $0.isInterrupted = true
            $0.service?.interrupt()
        }
    }

    /// Does the whole run. Blocks; outputs stand at their place when it returns.
    package func execute() throws(RunError) -> RunSummary {
        try withCluster(output: request.output, purpose: .run) { (context: inout RunContext) throws(RunError) in
            let (prepared, binned) = try self.examineAloud(&context)
            let outcomes = try self.outcomesOfReplaced(prepared, &context)
            context.dropEvents()
            if context.instance.predictsNumber {
                return try self.predict(prepared, binned, &context)
            }
            let trained = try self.train(prepared, binned, &context)
            let scored = try self.score(prepared, binned, trained, &context)
            let found = RunFindings(prepared: prepared, binned: binned, trained: trained, scored: scored)
            return try self.publish(found, outcomes: outcomes, &context)
        }
    }

    /// Looks at the instance and its data as `execute` would, and stops before training: whether it could train, and what
    /// a person should know. Writes nothing.
    ///
    /// - Throws: only what has nothing to do with the instance or the data, such as a full disk or an interruption.
    package func check() throws(RunError) -> Readiness {
        do throws(RunError) {
            let place: PrivateFolder
            do throws(StoreError) {
                place = try PrivateFolder()
            } catch {
                throw .failed(RunFailure(error))
            }
            // Nothing is written where the results would be: others may be at work there, or nobody may write.
            defer { withExtendedLifetime(place) {} }
            return try withCluster(output: "\(place.path)/check", purpose: nil, isCheck: true) {
                (context: inout RunContext) throws(RunError) in
                try self.examine(&context).prepared.readiness
            }
        } catch {
            guard case .cannotTrain(let readiness) = error else { throw error }
            return readiness
        }
    }

    /// Checks, and tells the observer what was found even if it is in the way.
    func examineAloud(_ context: inout RunContext) throws(RunError) -> (prepared: Prepared, binned: Binned) {
        func tell(_ readiness: Readiness) {
            for finding in readiness.findings(.warning) { observe(.warning(finding.line)) }
            for finding in readiness.findings(.note) { observe(.note(finding.line)) }
        }
        do throws(RunError) {
            let examined = try examine(&context)
            tell(examined.prepared.readiness)
            return examined
        } catch {
            if case .cannotTrain(let readiness) = error { tell(readiness) }
            throw error
        }
    }

    // MARK: The frame around the stages

    /// - Parameters:
    ///   - purpose: what the journal is for; nil: what leaves nothing behind needs none.
    ///   - upToToday: whether all events are read, whatever score date the instance names.
    ///   - isCheck: whether nothing is to come of it; `output` is then no place for results.
    func withCluster<Value>(
        output: String?, purpose: RunIdentity.Purpose?, upToToday: Bool = false, isCheck: Bool = false,
        attempt: Int = 1, _ body: (inout RunContext) throws(RunError) -> Value
    ) throws(RunError) -> Value {
        let isFresh = request.isFresh && attempt == 1
        var (instance, text, file) = try readInstance()
        if upToToday { instance.asOf = nil }
        guard let target = output ?? instance.output else {
            throw .input("\(file): no `output` in the file; name a folder with --output")
        }
        let objects = purpose == nil ? nil : try objectResults(at: target)
        if let store = request.store.objects { try ObjectResults(store).checkIsUsable() }
        let output = localFolder(of: target, file)
        let results =
            isCheck
            ? (request.output ?? instance.output).map { localFolder(of: $0, file) } : purpose.map { _ in output }
        if isCheck, let results { try look(at: results, file) }
        var folder = try runFolder(output, purpose, file)
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let started = isFresh ? now : folder.earlier?.started ?? now
        let plan: InputPlan
        do throws(InputError) {
            plan = try InputPlan(surveying: instance, today: started)
        } catch {
            // Nobody but the store can mend it: whoever starts runs again may do so.
            if error.mayPass, purpose != nil { throw .failed(.other(error.description)) }
            var readiness = Readiness(name: instance.name)
            readiness.add(error)
            throw .cannotTrain(readiness)
        }
        if let results { try checkHoldsNoInput(results, plan) }
        let watch: InputWatch
        do throws(TableError) {
            watch = try InputWatch(plan)
        } catch {
            throw .failed("\(error)")
        }
        try begin(&folder, purpose, text, file, plan, started, isFresh: isFresh)
        let isResumed = folder.journal.map { $0.stepCount > 0 } ?? false
        let cluster: Cluster
        do throws(RunError) {
            cluster = try start(folder.workspace, instance, text, file, watch, isResumed: isResumed)
        } catch {
            // What an interrupted run left is none the worse for it.
            folder.isKept = isResumed
            if !isResumed { folder.removeObjects() }
            throw error
        }
        if purpose != nil {
            do throws(StoreError) {
                try announce(cluster, folder)
            } catch {
                folder.isKept = isResumed
                stop(cluster, .runIsOver)
                throw .failed(RunFailure(error))
            }
        }
        var context = RunContext(
            instance: instance, instanceText: text, plan: plan, watch: watch, folder: folder, service: cluster.service,
            files: cluster.files,
            started: Date(timeIntervalSince1970: Double(started.microseconds) * 1e-6), observe: observe)
        context.objects = objects
        let result: Result<Value, RunError>
        do throws(RunError) {
            result = .success(try body(&context))
        } catch {
            result = .failure(error)
        }
        let mayGoOn = result.mayGoOn && context.folder.journal != nil
        context.folder.isKept = mayGoOn && context.hasSteps
        let mayBeDamaged = result.hasFailed && !context.folder.isCommitted
        // Where a store does not say, it is no damage that ended the run.
        let damaged = attempt < Self.mostAttempts && mayBeDamaged ? (try? context.made.firstMissing()) ?? nil : nil
        if let first = damaged {
            observe(.warning("\(first) was damaged or is gone: what made it is done once more"))
        } else if context.folder.isKept {
            observe(.note("what was done is kept: the same command goes on from here, and --fresh begins anew"))
        }
        context.folder.withdrawEndpoint()
        // The folder goes after the workers that write to it.
        stop(cluster, result.isInterrupted || damaged != nil ? .interrupted : .runIsOver)
        if !context.folder.isKept, damaged == nil {
            context.folder.removeObjects()
            if let left = context.folder.leftObjects { observe(.warning(left)) }
        }
        _ = consume context
        if damaged == nil { return try result.get() }
        return try withCluster(
            output: target, purpose: purpose, upToToday: upToToday, isCheck: isCheck, attempt: attempt + 1, body)
    }

    /// How often a run begins again by itself because files in its store were damaged.
    private static let mostAttempts = 3

    private func begin(
        _ folder: inout RunFolder, _ purpose: RunIdentity.Purpose?, _ text: String, _ file: String, _ plan: InputPlan,
        _ started: Timestamp, isFresh: Bool
    ) throws(RunError) {
        let identity: RunIdentity?
        do throws(StoreError) {
            identity = try purpose.map { purpose throws(StoreError) in
                return try RunIdentity(
                    purpose: purpose, executable: request.executable, instanceText: text,
                    baseDirectory: Self.baseDirectory(of: file), plan: plan, started: started)
            }
        } catch {
            throw .failed(RunFailure(error))
        }
        do throws(RunFolderError) {
            try folder.begin(identity, dropping: isFresh)
        } catch {
            if case .system = error { throw .failed(RunFailure(error)) }
            throw .input("\(error)")
        }
        if let left = folder.leftObjects { observe(.warning(left)) }
        if let replaced = folder.replaced { tell(of: replaced) }
        if let steps = folder.journal?.stepCount, steps > 0 {
            observe(.note("going on with the run that was interrupted: \(steps) steps had begun"))
        }
    }

    private func objectResults(at target: String) throws(RunError) -> ObjectResults? {
        guard ObjectStore.isAddress(target) else { return nil }
        let objects = try ObjectResults(target)
        try objects.checkIsUsable()
        return objects
    }

    /// Where a run works whose results go to an object store, and where a copy of them stays: a folder with the name of the
    /// address's last part, in the one that was asked for or beside the instance file. A folder is itself.
    func localFolder(of target: String, _ file: String) -> String {
        guard ObjectStore.isAddress(target) else { return target }
        let name = target.split(separator: "/").last.map(String.init) ?? "results"
        return "\(request.workFolder ?? Self.baseDirectory(of: file))/\(name)"
    }

    private static func baseDirectory(of file: String) -> String {
        URL(fileURLWithPath: OutputPlace.absolute(file)).deletingLastPathComponent().path
    }

    func readInstance() throws(RunError) -> (Instance, text: String, file: String) {
        let file = request.instanceFile
        do throws(InstanceError) {
            let text = try Instance.text(ofFile: file)
            // Paths start where workers are told that they do: they open what their reading of it names.
            return (try Instance.parse(text: text, file: file, baseDirectory: Self.baseDirectory(of: file)), text, file)
        } catch {
            throw .cannotTrain(Readiness(error, file: file))
        }
    }

    private struct Cluster {
        var service: CoordinatorService
        var workers: LocalWorkers?
        var endpoint: Endpoint
        /// The run's files for workers that do not see its folder.
        var files: FileServer
        /// A private folder for local sockets.
        var socketFolder: PrivateFolder?
    }

    private func start(
        _ workspace: Workspace, _ instance: Instance, _ text: String, _ file: String, _ watch: InputWatch,
        isResumed: Bool
    ) throws(RunError) -> Cluster {
        try FileLimit.require(for: request.cluster)
        var invitation = Invitation(
            instanceText: text, instanceFile: file, baseDirectory: Self.baseDirectory(of: file),
            workspace: workspace.directory, version: productVersion)
        invitation.objects = workspace.objects?.address ?? ""
        invitation.keepsShards = request.store.keepsShards
        let logger = request.log.logger("coordinator", usual: .warning)
        do {
            invitation.build = try ProgramBuild.of(executable: request.executable)
            invitation.admitsAnyBuild = request.acceptsAnyBuild
            var endpoint: Endpoint
            var host: String?
            var keys: CoordinatorKeys?
            var socketFolder: PrivateFolder?
            switch request.cluster {
            case .local:
                let folder = try PrivateFolder(longest: Endpoint.longestPath - "/coordinator".utf8.count)
                if folder.isElsewhere {
                    observe(.note("TMPDIR is too long a path for sockets: they are in \(folder.path)"))
                }
                socketFolder = folder
                endpoint = .ipc(path: "\(folder.path)/coordinator")
            case .listening(let place):
                (endpoint, keys, host) = (place.endpoint, place.keys, place.advertisedAs)
            }
            var limits = Coordinator.Limits()
            switch request.cluster {
            case .local(let workers, _): limits.minimumWorkers = workers
            case .listening(let place): limits.minimumWorkers = place.minimumWorkers
            }
            // Those that were there may have left since; the work has begun.
            if isResumed { limits.minimumWorkers = 1 }
            limits.audit = request.audit
            invitation.nonce = UInt64.random(in: 1 ... .max)
            try workspace.put(nonce: invitation.nonce)
            let itself = InputVerifier(invitation, workspace, watch)
            let files = FileServer(workspace: workspace, instance: instance)
            let service = try CoordinatorService(
                endpoint: endpoint, advertisedAs: host, keys: keys, invitation: invitation, limits: limits,
                logger: logger,
                look: { itself.look(at: $0, $1, isDone: $2) }, files: { files.serve($0, $1) }
            ) { [self] in note($0) }
            endpoint = service.endpoint ?? endpoint
            var cluster = Cluster(
                service: service, workers: nil, endpoint: endpoint, files: files, socketFolder: socketFolder)
            do {
                if case .local(let count, let threads) = request.cluster {
                    cluster.workers = try LocalWorkers(
                        count: count, threads: threads, endpoint: endpoint, executable: request.executable,
                        log: request.log
                    ) { [self] in handle($0, service) }
                }
            } catch {
                stop(cluster, .runIsOver)
                throw error
            }
            let isInterrupted = interruption.withLock {
                $0.service = service
                return $0.isInterrupted
            }
            if isInterrupted { service.interrupt() }
            return cluster
        } catch {
            throw .failed(RunFailure(error))
        }
    }

    /// Says how to take part and how to ask.
    private func announce(_ cluster: Cluster, _ folder: borrowing RunFolder) throws(StoreError) {
        folder.announce(cluster.endpoint)
        switch request.cluster {
        case .listening(let place):
            let endpoint = cluster.endpoint
            if let rendezvous = place.rendezvous { try Rendezvous(rendezvous).announce(endpoint) }
            let how = place.keys == nil ? "" : " --keys DIR"
            let isOpen = if case .tcp = endpoint { place.keys == nil } else { false }
            let open = isOpen ? " --insecure" : ""
            observe(.note("listening; workers join by: propensity worker --connect \(endpoint)\(how)\(open)"))
            observe(.note("how it goes: propensity status --connect \(endpoint)\(how)"))
        case .local: observe(.note("how it goes: propensity status \(folder.output)"))
        }
    }

    /// What becomes of a run whose own workers die.
    private func handle(_ trouble: LocalWorkers.Trouble, _ service: CoordinatorService) {
        switch trouble {
        case .restarts(let what): observe(.warning("a worker died: \(what)"))
        case .givenUp(let end, left: 0):
            service.fail(
                Failure(
                    .machine,
                    "all workers of this run have died, again and again (the last one: \(end)); is there enough memory?"
                ))
        case .givenUp(let end, let left):
            observe(.warning("a worker died too often (\(end)) and is not started again: \(left) left"))
            service.expect(workers: left)
        }
    }

    private func note(_ report: Coordinator.Report) {
        switch report {
        case .tasks(_, let finished, let total): observe(.progress(finished: finished, of: total))
        case .fit(let progress): observe(.fit(progress))
        default: break
        }
        observe(.workers(report))
    }

    private func stop(_ cluster: Cluster, _ ending: CoordinatorService.Ending) {
        interruption.withLock { $0.service = nil }
        cluster.workers?.letGo()
        // A run's own workers have nobody else to serve.
        cluster.service.stop(cluster.workers == nil ? ending : .runIsOver)
        cluster.workers?.stop()
        cluster.endpoint.removeFile()
        if case .listening(let place) = request.cluster, let rendezvous = place.rendezvous {
            Rendezvous(rendezvous).withdraw(cluster.endpoint)
        }
    }
}

extension Result where Failure == RunError {
    /// Whether another coordinator may take this one's place: workers wait for it. After a failure somebody must look first.
    fileprivate var isInterrupted: Bool { if case .failure(.interrupted) = self { true } else { false } }

    fileprivate var hasFailed: Bool { if case .failure(.failed) = self { true } else { false } }

    /// Whether the same run, started again, has something to go on to.
    fileprivate var mayGoOn: Bool {
        switch self {
        case .failure(.interrupted), .failure(.failed): true
        case .success, .failure(.input), .failure(.cannotTrain): false
        }
    }
}
