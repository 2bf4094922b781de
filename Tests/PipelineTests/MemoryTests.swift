import ClusterProtocol
import Foundation
import TestSupport
import Testing

@testable import Pipeline

/// A run whose training would not fit into its workers says so beforehand, and what would.
@Suite struct MemoryTests {
    private func worker(_ threads: Int, _ memory: UInt64) -> Hello {
        Hello(version: "1", host: "h\(threads)", process: 7, threads: threads, memory: memory)
    }

    @Test func everyWorkerMustHoldItsPart() {
        // 200 features, 256 where they are rounded up, and 100: 556 bytes a row, and 200 MiB.
        let need = FitNeed(rows: 8_000_000, features: 200)
        #expect(need.obstacle(for: [worker(1, 6 << 30)]) == nil)
        #expect(need.obstacle(for: [worker(1, 3 << 30), worker(1, 3 << 30)]) == nil)
        #expect(need.obstacle(for: [worker(1, 0)]) == nil)
        #expect(need.obstacle(for: []) == nil)
        let obstacle = need.obstacle(for: [worker(1, 3 << 30), worker(3, 3 << 30)]) ?? ""
        #expect(
            obstacle.contains("8000000 rows of 200 features takes about 3.3 GiB in the worker on h3"), "\(obstacle)")
        #expect(obstacle.contains("may take 3.0 GiB") && obstacle.contains("training_rows"), "\(obstacle)")
    }

    @Test func aRunIsRefusedBeforeItTrains() throws {
        let folder = try SampleFolder(trees: 6)
        let place = folder.path("where.json")
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", "tcp://127.0.0.1:0", "--insecure", "--rendezvous", place,
            "--output", folder.path("out"),
        ])
        let worker = try RunningProgram([
            "worker", "--rendezvous", place, "--insecure", "--threads", "1", "--memory", "100MiB",
        ])
        let (code, text) = coordinator.finish()
        #expect(code == 1 && text.contains("which may take 0.1 GiB: give it more memory"), "\(text)")
        #expect(text.contains("the same command goes on from here"), "\(text)")
        _ = worker.finish()
        let (wrong, message) = try RunningProgram.run([
            "worker", "--rendezvous", place, "--insecure", "--memory", "much",
        ])
        #expect(wrong == 2 && message.contains("--memory is a size such as 8GiB"), "\(message)")
    }
}
