import ClusterProtocol
import Foundation
import Testing

/// Every message has a row in the page that tells of the protocol.
@Suite struct MessagePageTests {
    private func page() throws -> String {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent(
            "../../../Sources/propensity/Documentation.docc/ClusterProtocol.md"
        ).standardizedFileURL
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test(arguments: CoordinatorMessage.Kind.allCases)
    func everyMessageOfTheCoordinatorIsDocumented(_ kind: CoordinatorMessage.Kind) throws {
        #expect(try page().contains("\n| `\(kind)` | coordinator | "))
    }

    @Test(arguments: WorkerMessage.Kind.allCases)
    func everyMessageOfWorkersIsDocumented(_ kind: WorkerMessage.Kind) throws {
        let page = try page()
        let senders = ["worker", "anybody who is let in"]
        #expect(senders.contains { page.contains("\n| `\(kind)` | \($0) | ") })
    }
}
