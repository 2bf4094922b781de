import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite struct EndpointTests {
    /// libzmq removes what is there.
    @Test(arguments: ["s", "s.data"]) func aFileInTheSocketsPlaceStays(_ name: String) throws {
        let folder = try SampleFolder()
        let file = folder.path(name)
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
        #expect(try Endpoint("tcp://localhost:7171").control == "tcp://127.0.0.1:7171")
    }
}
