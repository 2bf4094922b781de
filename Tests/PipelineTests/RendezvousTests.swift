import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// A coordinator that takes any free port, and workers that are told where to read which.
@Suite struct RendezvousTests {
    private let folder: SampleFolder
    private let place: String

    init() throws {
        folder = try SampleFolder(trees: 6)
        place = folder.path("where.json")
    }

    private func coordinator() throws -> RunningProgram {
        try RunningProgram([
            "coordinator", folder.instance, "--listen", "tcp://*:0", "--advertise", "127.0.0.1", "--insecure",
            "--rendezvous", place, "--output", folder.path("out"),
        ])
    }

    private func worker(_ options: String...) throws -> RunningProgram {
        try RunningProgram(["worker", "--rendezvous", place, "--insecure", "--threads", "1"] + options)
    }

    @Test func workersFollowACoordinatorThatComesBackElsewhere() throws {
        let expected = try folder.undisturbed()
        let worker = try worker()
        let first = try coordinator()
        try first.read(until: "Gathering events")
        let before = try #require(Rendezvous(place).address)
        #expect(before.hasPrefix("tcp://127.0.0.1:"))
        first.send(SIGKILL)
        _ = first.finish()
        let second = try coordinator()
        try second.read(until: "how it goes")
        let after = try #require(Rendezvous(place).address)
        #expect(after != before)
        let (code, text) = second.finish()
        #expect(code == 0, "\(text)")
        let (end, log) = worker.finish()
        #expect(end == 0 && log.contains("the coordinator is not at \(before) any more"), "\(log)")
        #expect(try folder.hashes("out") == expected)
        #expect(!FileManager.default.fileExists(atPath: place))
    }

    @Test func patienceHoldsBeforeThereIsACoordinator() throws {
        let (code, text) = try worker("--patience", "1").finish()
        #expect(code == 1 && text.contains("no coordinator was there for 1 s"), "\(text)")
        let (other, log) = try RunningProgram.run([
            "worker", "--connect", "ipc://\(folder.path("nobody"))", "--patience", "1",
        ])
        #expect(other == 1 && log.contains("no coordinator was there for 1 s"), "\(log)")
    }

    /// What is wrong with the run is not mended by waiting.
    @Test func aRunThatFailsSendsItsWorkersHome() throws {
        let worker = try worker()
        try folder.write(
            try String(contentsOfFile: folder.instance, encoding: .utf8)
                .replacing("within: 90d", with: "within: 90d\nchecks: { minimum_outcomes: 1000000 }"),
            to: "instance.yaml")
        let (code, text) = try coordinator().finish()
        #expect(code == 2, "\(text)")
        let (end, log) = worker.finish()
        #expect(end == 0 && log.contains("the run is over"), "\(log)")
    }

    @Test func whatIsInTheWayIsSaid() throws {
        let unknown = try Endpoint("tcp://no-such-host.invalid:7171", within: .anywhere)
        #expect(unknown.obstacle().contains("nobody knows the name no-such-host.invalid here"))
        let silent = try Endpoint("tcp://127.0.0.1:\(try Network.freePort())", within: .anywhere)
        #expect(silent.obstacle().contains("nobody answers at \(silent) yet"))
    }

    @Test func anyAddressIsForWhoListensOnly() throws {
        #expect(throws: Endpoint.Problem.self) { try Endpoint("tcp://*:7171", within: .anywhere) }
        #expect(throws: Endpoint.Problem.self) { try Endpoint("tcp://host:0", within: .anywhere) }
        #expect(throws: Endpoint.Problem.self) { try Endpoint("tcp://*:0", within: .own, isListening: true) }
        let any = try Endpoint("tcp://*:0", within: .anywhere, isListening: true)
        #expect(any.advertised(port: 4711, as: "node7").address == "tcp://node7:4711")
        let own = any.advertised(port: 4711, as: nil).address
        #expect(own.hasSuffix(":4711") && !own.contains("*"))
        let one = try Endpoint("tcp://10.0.0.7:0", within: .anywhere, isListening: true)
        #expect(one.advertised(port: 9, as: nil).address == "tcp://10.0.0.7:9")
    }
}
