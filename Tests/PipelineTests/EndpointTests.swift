import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

@Suite struct EndpointTests {
    /// libzmq removes what is there.
    @Test func aFileInTheSocketsPlaceStays() throws {
        let folder = try SampleFolder()
        let file = folder.path("s")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
        let (code, text) = try RunningProgram.run([
            "coordinator", folder.instance, "--listen", "ipc://\(folder.path("s"))", "--output", folder.path("out"),
        ])
        #expect(code == 1 && text.contains("cannot listen at \(file), where something else is"), "\(text)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
    }

    @Test func aCoordinatorsSocketIsNotTakenByAnother() throws {
        let folder = try SampleFolder()
        let endpoint = "ipc://\(folder.path("s"))"
        func arguments(_ output: String) -> [String] {
            ["coordinator", folder.instance, "--listen", endpoint, "--output", folder.path(output)]
        }
        let first = try RunningProgram(arguments("a"))
        try first.read(until: "listening")
        let (code, text) = try RunningProgram.run(arguments("b"))
        #expect(code == 1 && text.contains("where another coordinator does"), "\(text)")
        // One that died leaves its sockets, which are nobody's.
        first.send(SIGKILL)
        _ = first.finish()
        let next = try RunningProgram(arguments("b"))
        try next.read(until: "listening")
        next.send(SIGINT)
        #expect(next.finish().code == 75)
    }

    @Test func localhostIsAnAddress() throws {
        #expect(try Endpoint("tcp://localhost:7171", within: .loopback).address == "tcp://127.0.0.1:7171")
    }

    @Test func addressesOfIPv6StandInBrackets() throws {
        let endpoint = try Endpoint("tcp://[::1]:7171", within: .loopback)
        #expect(endpoint.address == "tcp://[::1]:7171" && endpoint.isIPv6)
        #expect(try !Endpoint("tcp://127.0.0.1:7171", within: .loopback).isIPv6)
        for text in [
            "tcp://::1:7171", "tcp://[::1:7171", "tcp://[]:7171", "tcp://[::1]", "tcp://a/b:7171", "tcp://:7171",
        ] {
            #expect(throws: Endpoint.Problem.malformed(text)) { try Endpoint(text, within: .anywhere) }
        }
    }

    /// Whoever is on the machine reaches its loopback.
    @Test func withoutKeysOnlyASocketOfOnesOwnIsUsed() throws {
        let folder = try SampleFolder()
        for host in ["127.0.0.1", "[::1]", "localhost", "0.0.0.0"] {
            let endpoint = "tcp://\(host):7171"
            for arguments in [
                ["coordinator", folder.instance, "--listen", endpoint], ["worker", "--connect", endpoint],
            ] {
                let (code, text) = try RunningProgram.run(arguments)
                #expect(code == 2 && text.contains("without keys") && text.contains("--insecure"), "\(text)")
            }
        }
    }

    @Test func aFolderThatEverybodyMayWriteToHoldsNoSocket() throws {
        let folder = try SampleFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: folder.url.path)
        let endpoint = "ipc://\(folder.path("s"))"
        for arguments in [["coordinator", folder.instance, "--listen", endpoint], ["worker", "--connect", endpoint]] {
            let (code, text) = try RunningProgram.run(arguments)
            #expect(code == 2 && text.contains("put the socket into a folder of your own"), "\(text)")
        }
    }

    @Test func aRunGoesOverIPv6() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        // A name is looked up, where this machine knows one.
        for host in ["[::1]", "ip6-localhost"] {
            let endpoint = "tcp://\(host):\(Int.random(in: 20_000..<32_000))"
            if host != "[::1]", try !Endpoint(endpoint, within: .anywhere).isIPv6 { continue }
            let worker = try RunningProgram(["worker", "--connect", endpoint, "--insecure", "--threads", "1"])
            let (code, text) = try RunningProgram.run([
                "coordinator", folder.instance, "--listen", endpoint, "--insecure", "--output", folder.path("out"),
            ])
            #expect(code == 0, "\(text)")
            #expect(worker.finish().code == 0)
            #expect(try folder.hashes("out") == expected)
        }
    }
}
