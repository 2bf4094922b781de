import Bytes
import ClusterProtocol
import Events
import Features
import Foundation
import InstanceFile
import Readiness
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// What arrives in messages names no file outside of the run's folder and the declared inputs.
@Suite struct UntrustedPathTests {
    @Test func aWorkspaceIsAPlainAbsolutePath() {
        for path in ["", "/", "relative", "./run", "/data/../etc", "/data/./run", "/data/..", "/data/run\0"] {
            #expect(Workspace(told: path) == nil, "\(path)")
        }
        #expect(Workspace(told: "/data/.results.work/run-1f")?.store.directory == "/data/.results.work/run-1f/store")
    }

    @Test func namesInTheStoreAreMadeOfNumbers() {
        let store = ShardStore(directory: "/data/run/store")
        let largest = Int(UInt32.max)
        let names: [ShardStore.Name] = [
            .model(largest), .events(split: largest), .features(shard: largest), .binned(shard: 0), .scores(shard: 7),
        ]
        for name in names {
            #expect(store.path(name).hasPrefix("/data/run/store/") && !name.path.contains(".."))
        }
    }

    private func file(_ path: String, hash: String = String(repeating: "a", count: 64)) -> OutputFile {
        OutputFile(path: path, sha256: hash, bytes: 1, rows: 1)
    }

    @Test func aResultNamesTheFilesOfItsShardAndNoOthers() throws {
        let folders = ["scores", "factors"]
        let good = ["scores/part-00001.parquet", "factors/part-00001.parquet"]
        var files = OutputFiles()
        files.files = good.map { file($0) }
        #expect(files.are(folders, shard: 1) && !files.are(folders, shard: 2))
        for bad in [
            ["scores/part-00001.parquet"], good + ["model/propensity.model"], good.reversed(),
            ["scores/part-00001.parquet", "../../etc/passwd"], ["/etc/passwd", good[1]],
            ["scores/../scores/part-00001.parquet", good[1]],
        ] {
            files.files = bad.map { file($0) }
            #expect(!files.are(folders, shard: 1), "\(bad)")
        }
        files.files = [file(good[0]), file(good[1], hash: "../x")]
        #expect(!files.are(folders, shard: 1))
        #expect(!files.are(folders, shard: 0))
    }

    /// A coordinator that means ill writes a plan of its own into the store.
    @Test func aWorkerOpensNoFileThatTheInstanceDoesNotName() throws {
        let folder = try SampleFolder()
        let text = try String(contentsOfFile: folder.instance, encoding: .utf8)
        let workspace = folder.path("run")
        let executor = try TaskExecutor(
            Welcome(
                worker: WorkerID(1), run: 1, instanceText: text, instanceFile: folder.instance,
                baseDirectory: folder.url.path, workspace: workspace))
        try executor.store.create()
        var plan = try InputPlan(surveying: executor.instance)
        try executor.store.write(.plan, sealing: plan)
        _ = try executor.perform(.ingest, IngestTask(split: 0).encoded)

        try FileManager.default.copyItem(
            atPath: folder.path("online_retail.parquet"), toPath: folder.path("secret.parquet"))
        plan = try Self.replacing("online_retail.parquet", by: "secret.parquet", in: plan)
        try executor.store.write(.plan, sealing: plan)
        let failure = #expect(throws: Failure.self) { try executor.perform(.ingest, IngestTask(split: 0).encoded) }
        #expect(failure?.message.contains("secret.parquet, which the instance does not name") == true)
        #expect(throws: Failure.self) {
            try TaskExecutor(
                Welcome(
                    worker: WorkerID(1), run: 1, instanceText: text, instanceFile: folder.instance,
                    baseDirectory: folder.url.path, workspace: "../elsewhere"))
        }
    }

    private static func replacing(_ name: String, by other: String, in plan: InputPlan) throws -> InputPlan {
        let splits = plan.splits.map { split in
            var split = split
            split.path = split.path.replacing(name, with: other)
            return split
        }
        // A plan is made by a survey or read; this one is read.
        let bytes = plan.encoded
        let (path, changed) = (plan.splits[0].path, splits[0].path)
        var writer = ByteWriter()
        writer.write(path)
        var replacement = ByteWriter()
        replacement.write(changed)
        return try InputPlan(decoding: bytes.replacing(writer.bytes, with: replacement.bytes))
    }
}
