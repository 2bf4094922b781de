import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

@Suite struct FilesTests {
    @Test func whatADeadWorkerHadBegunIsNoOutput() throws {
        let folder = try TemporaryFolder()
        for name in ["run.json", "scores/part-00000.parquet", "segments/a/part-00001.parquet"] {
            try folder.write([1], to: name)
            try folder.write([1], to: Files.temporaryName(for: name))
        }
        try Files.removeUnfinished(below: folder.path)
        let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains(".") }
        #expect(left.sorted() == ["run.json", "scores/part-00000.parquet", "segments/a/part-00001.parquet"])
    }

    /// A worker of a run that was dropped writes its results until it notices.
    @Test func aFolderGoesWhileSomebodyWritesToIt() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("propensity-tests-\(UUID())")
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appendingPathComponent("run/events")
        for _ in 0..<20 {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let hasBegun = DispatchSemaphore(value: 0)
            let hasEnded = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                var count = 0
                while FileManager.default.createFile(atPath: "\(folder.path)/\(count)", contents: Data()) {
                    count += 1
                    if count == 100 { hasBegun.signal() }
                }
                hasBegun.signal()
                hasEnded.signal()
            }
            hasBegun.wait()
            try Files.removeFolder(root.path)
            hasEnded.wait()
            #expect(!FileManager.default.fileExists(atPath: root.path))
        }
        try Files.removeFolder(root.path)
    }
}
