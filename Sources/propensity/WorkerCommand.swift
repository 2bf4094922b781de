import ArgumentParser
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Foundation
import Logging
import Pipeline

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Compute for a coordinator.",
        discussion: """
            Connects to the coordinator, or waits until there is one, and leaves when the run is over. Any number may come \
            and go while a run goes on.

            EXAMPLE
              propensity worker --connect ipc:///home/me/run/socket --threads 8
              propensity worker --connect tcp://coordinator.example:7171 --keys keys/ --name lab
            """)

    @Option(help: "The coordinator's endpoint: tcp://HOST:PORT, with --keys, or ipc://PATH in a folder of your own.")
    var connect: String?

    @Option(
        help: "Instead of --connect: the file in which the coordinator writes where it is (its own --rendezvous)."
    )
    var rendezvous: String?

    @OptionGroup var security: SecurityOptions

    @Option(help: "Whose key of the folder to use; default: the only one there.")
    var name: String?

    @Option(
        name: .shortAndLong,
        help:
            "Threads that compute; default: the processors that it may use (affinity, container, SLURM_CPUS_PER_TASK).")
    var threads: Int = AvailableProcessors.count

    @Option(
        help: ArgumentHelp(
            "Memory that it may take, such as 8GiB; default: the machine's, or the container's. What training needs is refused beforehand where it is more.",
            valueName: "size"))
    var memory: String?

    @Option(
        help:
            "Seconds to look for a coordinator, before leaving; default: 600 for one that has gone, and for ever for the first."
    )
    var patience: Int?

    @Option(
        help:
            "Folder for the files of a run whose folder this machine does not see; default: the one that TMPDIR names.")
    var scratch: String?

    @Flag(
        help:
            "Keep files on this machine, and get the others from the coordinator, also where the run's folder is seen.")
    var noSharedDisk = false

    @Option(
        help: ArgumentHelp(
            "What this machine calls a folder of the coordinator's, as /data=/mnt/data; may be given several times.",
            valueName: "from=to"))
    var map: [String] = []

    /// For tests: the kind of message at which the process kills itself.
    @Option(help: .hidden)
    var dieAt: CoordinatorMessage.Kind?

    @Option(help: .hidden)
    var parent: Int32?

    @Flag(name: .shortAndLong, help: "Say what happens.")
    var verbose = false

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256, not \(threads)") }
        if let memory, AvailableMemory.bytes(memory) == nil {
            throw ValidationError("--memory is a size such as 8GiB or 500MB, not \(memory)")
        }
        if let patience, patience < 0 { throw ValidationError("--patience is 0 or more, not \(patience)") }
        guard (connect == nil) != (rendezvous == nil) else {
            throw ValidationError("say either --connect ENDPOINT or --rendezvous FILE")
        }
        guard PathMap(map) != nil else {
            throw ValidationError("--map is FROM=TO, two absolute folders, such as /data=/mnt/data")
        }
        if let connect { _ = try security.ownEndpoint(connect) }
    }

    /// Where the coordinator is now; nil where it is not known yet.
    private func place(_ logger: Logger) throws -> @Sendable () -> Endpoint? {
        if let connect {
            let endpoint = try security.ownEndpoint(connect)
            return { endpoint }
        }
        let file = Rendezvous(rendezvous ?? "")
        let security = security
        return {
            guard let address = file.address else { return nil }
            do {
                return try security.ownEndpoint(address)
            } catch {
                logger.error("\(rendezvous ?? ""): \(error)")
                return nil
            }
        }
    }

    func run() throws {
        // A run's own workers stay quiet: what matters is said once, by the run.
        let settings = log.settings(isVerbose: verbose)
        let logger = settings.logger("worker", usual: parent == nil ? .info : .warning)
        do {
            try serve(logger)
        } catch let error as RunError where settings.format == .json {
            logger.error("\(error)")
            throw ExitCode(error.exitCode)
        }
    }

    private func serve(_ logger: Logger) throws {
        let parent = parent
        let interrupted = InterruptFlag()
        let signals = InterruptSignals { interrupted.raise() }
        defer { signals.cancel() }
        // A run's own workers leave with it; Ctrl-C at its terminal reaches them too, and is the run's to handle.
        let service: WorkerService
        do {
            service = try WorkerService(
                at: try place(logger), keys: security.keyFolder.map { ($0, name) },
                threads: threads, memory: memory.flatMap(AvailableMemory.bytes) ?? AvailableMemory.bytes,
                patience: patience.map { .seconds($0) }, deadlyMessage: dieAt, logger: logger
            ) { [scratch, noSharedDisk, map = PathMap(map) ?? PathMap()] welcome, files throws(Failure) in
                try WorkerRun(
                    joining: welcome, files: files, scratch: scratch, sharesNothing: noSharedDisk, map: map)
            }
        } catch let problem as KeyFolder.Problem {
            throw RunError.input("\(problem)")
        }
        security.warn(logger)
        let departure = try service.run(version: productVersion, build: try ProgramBuild.ofThisProgram()) {
            if let parent { return getppid() == parent }
            return !interrupted.isRaised
        }
        switch departure {
        case .runIsOver: logger.info("the run is over")
        case .asked where interrupted.isRaised && parent == nil:
            logger.info("stopped; others take over its work")
            // Threads that are still at something would outlive what they need.
            leaveAtOnce()
        case .asked, .moved: break
        case .coordinatorGone: throw RunError.failed("no coordinator was there for \(patience ?? 600) s")
        case .refused(let reason): throw RunError.failed("the coordinator refused this worker: \(reason)")
        }
    }

    /// Ends well, whatever its threads are at: nothing of it is wanted any more.
    private func leaveAtOnce() -> Never {
        fflush(nil)
        _exit(0)
    }
}

extension CoordinatorMessage.Kind: ExpressibleByArgument {
    /// The kind of that name, as `ping`; nil where there is none.
    public init?(argument: String) {
        guard let kind = Self.allCases.first(where: { $0.name == argument }) else { return nil }
        self = kind
    }

    /// The names of all kinds, in the order of their numbers on the wire.
    public static var allValueStrings: [String] { allCases.map(\.name) }
}
