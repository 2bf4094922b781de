import ArgumentParser
import ClusterSimulation

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run simulated clusters in which everything goes wrong.",
        discussion: """
            Each seed is a cluster of the program's own coordinator and workers under virtual time, with a network, a disk and \
            processes that fail as the seed decides. The results must be those of one worker without faults, and the run \
            must end once faults do. A seed that fails is printed with the command that plays it again.

            EXAMPLE
              propensity simulate --seed 1 --seeds 1000
              propensity simulate --seed 42 --faults crash,reset,coordinator
            """,
        shouldDisplay: false)

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds, one after the other.")
    var seeds: UInt64 = 1

    @Option(
        help:
            "What goes wrong, with commas: some (as the seed decides), all, none, \(Fault.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var faults = "some"

    @OptionGroup var audit: AuditOption

    @Option(help: "Worker processes.")
    var workers = 4

    func validate() throws {
        guard (1...256).contains(workers) else { throw ValidationError("--workers is 1 to 256, not \(workers)") }
        _ = try chosen
    }

    /// nil: as the seed decides.
    private var chosen: Set<Fault>? {
        get throws {
            if faults == "some" { return nil }
            if faults == "all" { return Set(Fault.allCases) }
            if faults == "none" { return [] }
            return Set(
                try faults.split(separator: ",").map { name in
                    guard let fault = Fault(rawValue: String(name)) else {
                        throw ValidationError("--faults: there is no fault \"\(name)\"")
                    }
                    return fault
                })
        }
    }

    func run() throws {
        var settings = Simulation.Settings(seed: seed, faults: [])
        settings.workers = workers
        settings.audit = audit.audit.part
        let chosen = try chosen
        let first = try Simulation(settings)
        var failed = 0
        var happened: [Fault: Int] = [:]
        var (steps, restarts, moved, stalls, fetched, handedIn, remade) = (0, 0, 0, 0, 0, 0, 0)
        for number in seed..<(seed + seeds) {
            settings.seed = number
            settings.faults = chosen ?? Fault.some(seed: number)
            var simulation = Simulation(settings, like: first)
            do {
                let report = try simulation.run()
                steps += report.steps
                restarts += report.coordinatorStarts - 1
                moved += report.shardsMoved
                stalls += report.stalls
                fetched += report.filesFetched
                handedIn += report.filesHandedIn
                remade += report.filesRemade
                happened.merge(report.faults, uniquingKeysWith: +)
            } catch {
                failed += 1
                say("seed \(number): \(error)")
                let audited = audit.audit.part > 0 ? " --audit \(audit.audit.part)" : ""
                say("  again: propensity simulate --seed \(number) --faults \(faults) --workers \(workers)\(audited)")
            }
        }
        let list = Fault.allCases.compactMap { fault in happened[fault].map { "\(fault.rawValue) \($0)" } }
        say(
            "\(seeds) seeds, \(failed) failed; \(steps) steps, \(restarts) coordinator restarts, \(moved) shards given,"
        )
        say("files of workers that share no disk: \(handedIn) handed in, \(fetched) fetched, \(remade) made anew")
        say("\(stalls) stalls; faults: \(list.joined(separator: ", "))")
        if failed > 0 { throw ExitCode(1) }
    }
}
