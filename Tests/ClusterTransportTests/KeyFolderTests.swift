import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ClusterTransport

@Suite struct KeyFolderTests {
    /// While a file is written it holds no key, and shuts nobody out; one that is gone does.
    @Test func aKeyThatIsBeingWrittenIsForAMomentWhatItWas() throws {
        let folder = try TemporaryFolder()
        let keys = KeyFolder(folder.path("keys"))
        _ = try keys.make(names: ["lab"])
        let file = folder.path("keys/allowed/lab.public")
        let key = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let start = ContinuousClock.now
        let time = Mutex(start)
        let coordinator = try CoordinatorKeys(keys) { time.withLock { $0 } }
        func letPass(_ duration: Duration) { time.withLock { $0 += duration } }
        try Data("half of".utf8).write(to: URL(fileURLWithPath: file))
        letPass(.milliseconds(600))
        #expect(coordinator.name(of: key) == "lab")
        try FileManager.default.moveItem(atPath: folder.path("keys/allowed"), toPath: folder.path("keys/away"))
        letPass(.milliseconds(600))
        #expect(coordinator.name(of: key) == "lab")
        try FileManager.default.createDirectory(atPath: folder.path("keys/allowed"), withIntermediateDirectories: false)
        letPass(.milliseconds(600))
        #expect(coordinator.name(of: key) == nil)
    }
}
