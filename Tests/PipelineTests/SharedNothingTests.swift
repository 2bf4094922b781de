import ClusterProtocol
import Foundation
import InstanceFile
import RunOutputs
import TestSupport
import Testing

@testable import Events
@testable import Pipeline

/// Workers that do not see the run's folder, nor the inputs.
@Suite struct SharedNothingTests {
    private func coordinator(
        _ folder: SampleFolder, _ endpoint: String, workers: Int, copies: Int = 1
    ) throws -> RunningProgram {
        try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"), "--min-workers",
            "\(workers)", "--copies", "\(copies)",
        ])
    }

    @Test(arguments: [["--no-shared-disk", "--no-shared-disk"], ["--no-shared-disk", ""]])
    func theResultsAreTheSameBytes(_ kinds: [String]) throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let scratch = try TemporaryFolder()
        let workers = try kinds.map {
            try RunningProgram(
                ["worker", "--connect", endpoint, "--threads", "2", "--scratch", scratch.path]
                    + ($0.isEmpty ? [] : [$0]))
        }
        let (code, text) = try coordinator(folder, endpoint, workers: 2).finish()
        #expect(code == 0, "\(text)")
        for worker in workers { #expect(worker.finish().code == 0) }
        #expect(try folder.hashes("out") == expected)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
        let record = try RunJSON.decode(
            RunFile.self, from: Array(Data(contentsOf: URL(fileURLWithPath: folder.path("out/run.json")))))
        let members = try #require(record.cluster?.members)
        #expect(members.count == 2 && members.allSatisfy { $0.bytes ?? 0 > 1000 && $0.bytesSent ?? 0 > 1000 })
        let total = record.stages.reduce(0) { $0 + $1.bytes }
        #expect(total > 0 && total <= members.reduce(0) { $0 + Int($1.bytes ?? 0) })
    }

    /// One that has the run's disk mounted elsewhere works there.
    @Test(.enabled(if: RunningProgram.isRoot)) func foldersMayHaveOtherNames() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let elsewhere = try TemporaryFolder()
        let sockets = try TemporaryFolder()
        let endpoint = "ipc://\(sockets.path("s"))"
        let (here, there, program) = (folder.url.path, elsewhere.path, RunningProgram.file.path)
        let worker = try RunningProgram(
            [
                "-m", "sh", "-c",
                "mount --bind \(here) \(there) && mount -t tmpfs none \(here) && "
                    + "exec \(program) worker --connect \(endpoint) --threads 1 --map \(here)=\(there)/",
            ], program: "/usr/bin/unshare")
        let (code, text) = try coordinator(folder, endpoint, workers: 1).finish()
        #expect(code == 0, "\(text)")
        let (left, said) = worker.finish()
        #expect(left == 0 && !said.contains("over the network"), "\(said)")
        #expect(try folder.hashes("out") == expected)
    }

    @Test func pathsAreMappedByFolders() throws {
        let map = try #require(PathMap(["/data=/mnt/data/", "/data/2025/=/fast"]))
        for (path, place) in [
            ("/data", "/mnt/data"), ("/data/a.csv", "/mnt/data/a.csv"), ("/data/2025/day=1/a.csv", "/fast/day=1/a.csv"),
            ("/data2/a.csv", "/data2/a.csv"), ("/other/data/a.csv", "/other/data/a.csv"),
            ("s3://shop/data", "s3://shop/data"),
        ] { #expect(map(path) == place) }
        for rule in ["/data", "data=/mnt", "/data=mnt", "=/mnt", ""] { #expect(PathMap([rule]) == nil, "\(rule)") }
    }

    /// What was made of a shard stays where it was made, also beside a worker that sees the folder.
    @Test(arguments: [["--no-shared-disk", "--no-shared-disk"], ["--no-shared-disk", ""]])
    func withoutCopiesLessTravels(_ kinds: [String]) throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        func moved(copies: Int) throws -> Int {
            let workers = try kinds.map {
                try RunningProgram(["worker", "--connect", endpoint, "--threads", "1"] + ($0.isEmpty ? [] : [$0]))
            }
            let (code, text) = try coordinator(folder, endpoint, workers: 2, copies: copies).finish()
            #expect(code == 0, "\(text)")
            for worker in workers { #expect(worker.finish().code == 0) }
            #expect(try folder.hashes("out") == expected)
            let record = try RunJSON.decode(
                RunFile.self, from: Array(Data(contentsOf: URL(fileURLWithPath: folder.path("out/run.json")))))
            return record.stages.filter { ["assemble", "bin", "score"].contains($0.stage) }.reduce(0) { $0 + $1.bytes }
        }
        let (one, none) = (try moved(copies: 1), try moved(copies: 0))
        #expect(Double(none) < Double(one) * 0.85, "\(none) of \(one)")
    }

    @Test(arguments: [1, 0]) func oneThatDiesTakesNothingWithIt(_ copies: Int) throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        func worker() throws -> RunningProgram {
            try RunningProgram(["worker", "--connect", endpoint, "--threads", "1", "--no-shared-disk"])
        }
        for stage in ["Assembling features", "Logistic regression", "Scoring"] {
            let (doomed, survivor) = (try worker(), try worker())
            let run = try coordinator(folder, endpoint, workers: 2, copies: copies)
            try run.read(until: stage)
            doomed.send(SIGKILL)
            let (code, text) = run.finish()
            #expect(code == 0, "\(text)")
            #expect(survivor.finish().code == 0)
            #expect(try folder.hashes("out") == expected, "\(stage)")
        }
    }

    /// Its worker had it from there, and says so: it is looked at, and made once more.
    @Test func whatTheCoordinatorsDiskSpoilsIsMadeAnew() throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let first = try RunningProgram(["worker", "--connect", endpoint, "--threads", "1", "--no-shared-disk"])
        let run = try coordinator(folder, endpoint, workers: 1)
        try run.read(until: "Logistic regression")
        first.send(SIGSTOP)
        let work = folder.path(".out.work")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: work).first { $0.hasPrefix("run-") })
        for kind in ["features", "bins"] {
            let path = "\(work)/\(name)/store/shards/00001.\(kind)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        // It has none of the files that the other one keeps.
        let second = try RunningProgram(["worker", "--connect", endpoint, "--threads", "1", "--no-shared-disk"])
        first.send(SIGKILL)
        let (code, text) = run.finish()
        #expect(code == 0, "\(text)")
        #expect(second.finish().code == 0)
        #expect(try folder.hashes("out") == expected)
    }

    @Test func oneThatIsStoppedLeavesNothingBehind() throws {
        let folder = try SampleFolder(trees: 6)
        let endpoint = "ipc://\(folder.path("s"))"
        let scratch = try TemporaryFolder()
        let worker = try RunningProgram(
            ["worker", "--connect", endpoint, "--no-shared-disk", "--scratch", scratch.path])
        let run = try coordinator(folder, endpoint, workers: 1)
        try run.read(until: "Assembling features")
        worker.send(SIGTERM)
        #expect(worker.finish().code == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
        run.send(SIGINT)
        #expect(run.finish().code == 75)
    }

    /// The folder of the data and of the output is empty there.
    @Test(.enabled(if: RunningProgram.isRoot)) func aMachineThatSeesNothingIsFoundOut() throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let endpoint = "tcp://127.0.0.1:\(try Network.freePort())"
        let workers = try (0..<2).map { _ in
            try RunningProgram.blind(
                to: folder.url.path, ["worker", "--connect", endpoint, "--insecure", "--threads", "1"])
        }
        let run = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--insecure", "--output", folder.path("out"),
            "--min-workers", "2",
        ])
        let (code, text) = run.finish()
        #expect(code == 0, "\(text)")
        for worker in workers {
            let (code, text) = worker.finish()
            #expect(code == 0 && text.contains("cannot be used here: files go over the network"), "\(text)")
        }
        #expect(try folder.hashes("out") == expected)
    }

    @Test func filesHaveOneNameEachAndOthersHaveNone() {
        let folders = ["scores", "segments/ready_to_buy"]
        for name in [
            "store/plan", "store/recipe", "store/bins", "store/score-context", "store/model-3", "store/events/00012",
            "store/shards/00007.bins", "store/shards/00007.features", "store/shards/123456.scores",
            "results/scores/part-00001.parquet", "results/segments/ready_to_buy/part-00000.parquet", "inputs/5",
            "earlier/0/3",
        ] {
            #expect(SharedFile(name: name, folders: folders)?.name == name)
        }
        for name in [
            "", "/", "store", "store/", "store/../plan", "store/events/../plan", "store/events/1", "store/events/-0001",
            "store/shards/00007.bins/..", "store/nonce", "inputs/-1", "store/model--1", "store/events/-1234",
            "store/shards/-0001.bins", "results/scores/../../x",
            "results/profiles/part-00001.parquet",
            "results/scores/part-1.parquet", "results/scores/part-00001.parquet.new", "inputs/", "inputs/+5",
            "inputs//etc/passwd", "inputs/05", "earlier/0", "earlier/0/../3", "/etc/passwd",
        ] {
            #expect(SharedFile(name: name, folders: folders) == nil, "\(name)")
        }
    }
}

extension FileServer {
    /// Of a run whose plan has one split.
    static func ofOneSplit(in workspace: Workspace) throws -> FileServer {
        for path in workspace.store.folders { try Files.makeDirectory(path) }
        var plan = InputPlan()
        plan.datasets = [PlannedDataset(role: .features, position: 0, name: "features")]
        plan.splits = [InputSplit(id: 0, dataset: 0, file: 0, path: "/elsewhere/a.csv", columns: [], firstRow: 0)]
        try workspace.store.write(.plan, sealing: plan)
        let text = """
            version: 1
            name: x
            propensity: conversion
            features: { path: a.csv, identity: id, label: { field: y, equals: 1 } }
            """
        return FileServer(
            workspace: workspace,
            instance: try .parse(text: text, file: "a.yaml", baseDirectory: "/data", checkingFiles: false))
    }
}

struct FileServerTests {
    private let folder: TemporaryFolder
    private let server: FileServer
    private let worker = WorkerID(1)
    private let name = "store/shards/00001.bins"

    init() throws {
        folder = try TemporaryFolder()
        server = try FileServer.ofOneSplit(in: Workspace(directory: folder.path))
    }

    private func isRefused(_ reply: FileReply, _ words: String) -> Bool {
        if case .failed(let failure) = reply { failure.message.contains(words) } else { false }
    }

    @Test func aFileAppearsWhenItIsWholeAndRight() throws {
        let (first, second): ([UInt8], [UInt8]) = ([1, 2, 3], [4, 5])
        let hash = FileRequest.hash(second, after: FileRequest.hash(first, after: 0))
        func write(_ upload: UInt64, _ offset: UInt64, _ bytes: [UInt8]) -> FileReply {
            server.serve(worker, .write(upload: upload, name: name, offset: offset, bytes: bytes))
        }
        func finish(_ upload: UInt64, size: UInt64, hash: UInt64) -> FileReply {
            server.serve(worker, .finish(upload: upload, name: name, size: size, hash: hash))
        }
        #expect(write(1, 0, first) == .written)
        // Sent again, for the answer was lost.
        #expect(write(1, 0, first) == .written)
        #expect(isRefused(write(1, 9, second), "a piece of it has not come"))
        #expect(isRefused(write(2, 3, second), "its beginning has not come"))
        #expect(write(1, 3, second) == .written)
        let path = folder.path(name)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(finish(1, size: 5, hash: hash) == .written)
        #expect(try Files.read(path) == [1, 2, 3, 4, 5])
        // The answer is lost, and it is asked again; of pieces that small the whole would be one.
        #expect(finish(1, size: 5, hash: FileRequest.hash([1, 2, 3, 4, 5], after: 0)) == .written)
        #expect(isRefused(finish(1, size: 6, hash: hash), "nothing of it has come"))
        // A damaged one takes nobody's place.
        #expect(write(3, 0, [9]) == .written)
        #expect(isRefused(finish(3, size: 1, hash: 7), "is not what was sent"))
        #expect(try Files.read(path) == [1, 2, 3, 4, 5])
        #expect(server.serve(worker, .read(name: name, offset: 3, count: 100)) == .bytes([4, 5], size: 5))
        #expect(server.serve(worker, .read(name: name, offset: 50, count: 1)) == .bytes([], size: 5))
    }

    @Test func whatIsOfNoTaskIsNotTakenInNorAnythingAtTheEnd() {
        func write(_ name: String) -> FileReply {
            server.serve(worker, .write(upload: 9, name: name, offset: 0, bytes: [1]))
        }
        for name in ["store/shards/00099.bins", "store/events/00007", "results/scores/part-00099.parquet"] {
            #expect(isRefused(write(name), "is of no task of this run"), "\(name)")
        }
        #expect(write(name) == .written)
        server.endWriting()
        #expect(isRefused(write(name), "its beginning has not come") || isRefused(write(name), "takes nothing more in"))
        let hash = FileRequest.hash([1], after: 0)
        let end = server.serve(worker, .finish(upload: 9, name: name, size: 1, hash: hash))
        #expect(isRefused(end, "nothing of it has come") || isRefused(end, "is not what was sent"))
    }

    /// Whoever says so.
    @Test func whatIsWholeIsNotTakenAway() throws {
        let store = Workspace(directory: folder.path).store
        func report(_ name: String) -> FileReply { server.serve(worker, .damaged(name: name)) }
        try store.write(.binned(shard: 1), sealing: ShardTask(shard: 1))
        var file = try EventFileWriter(store.path(.events(split: 0)), below: nil)
        try file.append(shard: 0, block: [1])
        try file.finish()
        #expect(report(name) == .written)
        #expect(try store.blobs.has(.binned(shard: 1)))
        // Whoever says so again is not listened to for a while: a look reads all of the file.
        try store.write(.binned(shard: 1), [1, 2])
        #expect(report(name) == .written)
        #expect(try store.blobs.has(.binned(shard: 1)))
        try store.write(.binned(shard: 0), [1, 2])
        #expect(report("store/shards/00000.bins") == .written)
        #expect(server.serve(worker, .read(name: "store/shards/00000.bins", offset: 0, count: 1)) == .missing)
        // What is gone is not damaged; a block that is none is.
        #expect(report("store/events/00000") == .written)
        #expect(try !store.blobs.has(.events(split: 0)))
        for name in ["store/plan", "results/scores/part-00000.parquet", "inputs/0", "store/shards/99999.bins"] {
            #expect(isRefused(report(name), "is not for workers to judge"), "\(name)")
        }
    }

    @Test func nothingElseIsReadOrWritten() throws {
        try folder.write("secret", to: "nonce")
        #expect(isRefused(server.serve(worker, .read(name: "nonce", offset: 0, count: 10)), "there is no file"))
        #expect(isRefused(server.serve(worker, .read(name: "inputs/0", offset: 0, count: 10)), "there is no split 0"))
        for name in ["store/plan", "store/model-0", "inputs/0", "earlier/0/0"] {
            let reply = server.serve(worker, .write(upload: 1, name: name, offset: 0, bytes: [1]))
            #expect(isRefused(reply, "is not for writing"), "\(name)")
        }
        #expect(
            isRefused(
                server.serve(worker, .read(name: "results/scores/part-00000.parquet", offset: 0, count: 1)),
                "is not for reading"))
    }
}
