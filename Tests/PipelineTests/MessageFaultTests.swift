import ClusterProtocol
import Foundation
import TestSupport
import Testing

/// A worker is killed by what it is told, whatever that is, and the results stay the same bytes.
@Suite struct MessageFaultTests {
    /// What it takes for a worker to be told something. A kind of message that is new must be given its place here.
    private enum Provocation: Equatable {
        /// A run of two workers, with these options of the coordinator.
        case run(options: [String], workers: Int)
        /// Another worker joins while models are fitted, and takes shards over.
        case anotherWorkerJoins
        /// The worker does not see the run's folder.
        case sharesNothing
        /// The coordinator is killed, and another takes its place.
        case anotherCoordinator
        /// Nobody who works is told so: it has tests of its own.
        case isForOthers
    }

    private static func provocation(of kind: CoordinatorMessage.Kind) -> Provocation {
        switch kind {
        case .welcome: .run(options: [], workers: 1)
        case .perform, .assign, .order, .closeFit, .acknowledged, .ping, .stop: .run(options: [], workers: 2)
        case .recompute: .run(options: ["--audit", "1"], workers: 2)
        case .release: .anotherWorkerJoins
        case .file: .sharesNothing
        case .registerAgain: .anotherCoordinator
        // VersionTests and ByzantinePeerTests; StatusTests.
        case .refused, .status: .isForOthers
        }
    }

    private static let kinds = CoordinatorMessage.Kind.allCases.filter { provocation(of: $0) != .isForOthers }

    @Test(arguments: kinds) func aWorkerDiesAtAMessage(_ kind: CoordinatorMessage.Kind) throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        func worker(_ options: String...) throws -> RunningProgram {
            try RunningProgram(["worker", "--connect", endpoint, "--threads", "1"] + options)
        }
        func coordinator(_ options: [String]) throws -> RunningProgram {
            try RunningProgram(
                ["coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out")] + options)
        }
        let isApart = Self.provocation(of: kind) == .sharesNothing
        let doomed = try RunningProgram(
            ["worker", "--connect", endpoint, "--threads", "1", "--die-at", kind.name]
                + (isApart ? ["--no-shared-disk"] : []))
        let survivor: RunningProgram
        var run: RunningProgram
        switch Self.provocation(of: kind) {
        case .run(let options, let workers):
            survivor = try worker()
            run = try coordinator(["--min-workers", "\(workers)"] + options)
        case .sharesNothing:
            survivor = try worker("--no-shared-disk")
            run = try coordinator(["--min-workers", "2"])
        case .anotherWorkerJoins:
            run = try coordinator([])
            try run.read(until: "Binning features")
            survivor = try worker()
        case .anotherCoordinator:
            survivor = try worker()
            run = try coordinator(["--min-workers", "2"])
            try run.read(until: "Gathering events")
            run.send(SIGKILL)
            _ = run.finish()
            run = try coordinator([])
        case .isForOthers: return
        }
        let (code, text) = run.finish()
        #expect(code == 0, "\(text)")
        #expect(doomed.finish().code == SIGKILL)
        #expect(survivor.finish().code == 0)
        #expect(try folder.hashes("out") == expected)
    }
}
