import ArgumentParser
import ClusterTransport
import Foundation
import Logging
import Pipeline

/// Options of every command that runs an instance.
struct RunOptions: ParsableArguments {
    @Argument(help: "The instance file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var instance: String

    @Option(name: .shortAndLong, help: "Where the results go; wins over the file's `output`.")
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Where a run works whose output is an address of an object store; default: beside the instance file.",
            valueName: "dir"), completion: .directory)
    var work: String?

    @Flag(help: "Begin anew where a run was interrupted, instead of going on.")
    var fresh = false

    @Flag(name: .shortAndLong, help: "Say more about workers.")
    var verbose = false

    @OptionGroup var log: LogOptions
}

/// Options of every command that starts workers of its own.
struct LocalClusterOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Worker processes; default: one for every two cores, at least two.")
    var workers: Int = max(2, AvailableProcessors.count / 2)

    @Option(name: .shortAndLong, help: "Threads of each worker; default: the cores shared out.")
    var threads: Int?

    func validate() throws {
        guard (1...256).contains(workers) else { throw ValidationError("--workers is 1 to 256, not \(workers)") }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is 1 to 256, not \(threads)") }
    }

    var cluster: RunRequest.Cluster {
        let cores = AvailableProcessors.count
        return .local(workers: workers, threads: threads ?? max(1, cores / workers))
    }
}

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Train, score, explain and segment with a cluster on this machine.",
        discussion: """
            Starts the workers, does the whole run and puts the results in the output folder, all at once. The results are \
            the same bytes whatever the number of workers and threads.

            EXAMPLE
              propensity run churn.yaml
              propensity run churn.yaml --workers 4 --output results/
              propensity status results/                 how it goes, from another terminal
            """)

    @OptionGroup var options: RunOptions

    @OptionGroup var local: LocalClusterOptions

    @OptionGroup var audit: AuditOption

    func run() throws { try execute(options, cluster: local.cluster, audit: audit) }
}

/// Where a run keeps what its stages leave for the next ones.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Keep what stages leave for the next ones below an address of an object store, such as s3://bucket/work; \
            default: in a folder beside the output, and through the coordinator for workers that do not see it.
            """,
            valueName: "address"))
    var store: String?

    @Option(
        help:
            "1: a worker that does not see the folder hands over what it makes of its part of the profiles. 0: it keeps it; what is lost with it is made anew."
    )
    var copies = 1

    func validate() throws {
        guard (0...1).contains(copies) else { throw ValidationError("--copies is 0 or 1, not \(copies)") }
        if let store, let problem = StoreSettings.problem(ofAddress: store) {
            throw ValidationError("--store: \(problem)")
        }
    }

    var settings: StoreSettings {
        var settings = StoreSettings()
        settings.objects = store
        settings.keepsShards = copies == 0
        return settings
    }
}

struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Do a run with workers that are started by hand or by another program.",
        discussion: """
            Listens for workers, which may be there already or come later, and ends when the run is done. Workers need not \
            see the input files, nor the output's folder.

            EXAMPLE
              propensity coordinator churn.yaml --listen ipc:///home/me/run/socket --min-workers 2
              propensity worker --connect ipc:///home/me/run/socket

            On several machines, with keys (see `propensity keys --help`):
              propensity coordinator churn.yaml --listen 'tcp://*:7171' --keys keys/
              propensity worker --connect tcp://coordinator.example:7171 --keys keys/

            Where the port is to be any that is free, through a file in a folder that all see:
              propensity coordinator churn.yaml --listen 'tcp://*:0' --keys keys/ --rendezvous shared/run.json
              propensity worker --rendezvous shared/run.json --keys keys/
            """)

    @OptionGroup var options: RunOptions

    @Option(
        help:
            "Where to listen: tcp://HOST:PORT, with --keys, or ipc://PATH in a folder of your own. HOST may be *, all addresses; PORT 0, any that is free."
    )
    var listen: String

    @Option(help: "What this machine is called elsewhere; default: the host that it listens at, or the system's name.")
    var advertise: String?

    @Option(help: "A file to write down where workers find this coordinator; removed when it is over.")
    var rendezvous: String?

    @OptionGroup var security: SecurityOptions

    @Option(help: "Begin when so many workers are there.")
    var minWorkers = 1

    @Flag(help: "Admit workers of another build of the program, though they may compute other bytes.")
    var anyBuild = false

    @OptionGroup var store: StoreOptions

    @OptionGroup var audit: AuditOption

    func validate() throws {
        guard (1...4096).contains(minWorkers) else {
            throw ValidationError("--min-workers is 1 to 4096, not \(minWorkers)")
        }
        _ = try security.ownEndpoint(listen, isListening: true)
        _ = try security.coordinatorKeys()
    }

    func run() throws {
        security.warn(options.log.settings(isVerbose: options.verbose).logger("coordinator", usual: .warning))
        try execute(
            options,
            cluster: .listening(
                RunRequest.Listening(
                    endpoint: try security.ownEndpoint(listen, isListening: true),
                    keys: try security.coordinatorKeys(), minimumWorkers: minWorkers, advertisedAs: advertise,
                    rendezvous: rendezvous)),
            audit: audit, store: store.settings, acceptsAnyBuild: anyBuild)
    }
}

/// Does a run and prints its summary.
@discardableResult
func execute(
    _ options: RunOptions, cluster: RunRequest.Cluster, audit: AuditOption? = nil,
    store: StoreSettings = StoreSettings(), acceptsAnyBuild: Bool = false
) throws -> RunSummary {
    let summary = try execute(
        options, cluster: cluster, audit: audit?.audit.part ?? 0, store: store, acceptsAnyBuild: acceptsAnyBuild
    ) { run throws(RunError) in try run.execute() }
    say(summary.text)
    return summary
}

/// Does what `body` asks of a run, with progress and Ctrl-C.
func execute<Value>(
    _ options: RunOptions, cluster: RunRequest.Cluster, audit: Double = 0,
    store: StoreSettings = StoreSettings(), acceptsAnyBuild: Bool = false,
    _ body: (Run) throws(RunError) -> Value
) throws -> Value {
    let log = options.log.settings(isVerbose: options.verbose)
    let logger = log.logger("propensity", usual: .info)
    let show: @Sendable (RunEvent) -> Void
    let end: @Sendable () -> Void
    switch log.format {
    case .text:
        let progress = Progress(isVerbose: options.verbose || logger.logLevel <= .debug, level: logger.logLevel)
        (show, end) = ({ progress.show($0) }, { progress.end() })
    case .json:
        let progress = ProgressLog(logger)
        (show, end) = ({ progress.show($0) }, { progress.end() })
    }
    var request = RunRequest(
        instanceFile: options.instance, output: options.output, cluster: cluster, executable: try executablePath(),
        log: log, isFresh: options.fresh)
    request.workFolder = options.work
    request.audit = audit
    request.store = store
    request.acceptsAnyBuild = acceptsAnyBuild
    let run = Run(request, observe: show)
    let signals = InterruptSignals { run.interrupt() }
    defer { signals.cancel() }
    let result: Result<Value, RunError>
    do throws(RunError) {
        result = .success(try body(run))
    } catch {
        result = .failure(error)
    }
    end()
    if log.format == .json, case .failure(let error) = result {
        logger.error("\(error)")
        throw ExitCode(error.exitCode)
    }
    return try result.get()
}

/// This very program, for the worker processes that a run starts.
func executablePath() throws -> String {
    do {
        return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
        throw RunError.failed("cannot find this program's own file: \(error.localizedDescription)")
    }
}
