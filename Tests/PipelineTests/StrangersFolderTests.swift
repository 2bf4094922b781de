import ClusterProtocol
import Foundation
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// Folders, links and sockets that another user has put where a run writes or connects to.
@Suite(.serialized) struct StrangersFolderTests {
    private static let nobody: uid_t = 65534

    /// A worker's store, as a coordinator of somebody's names it.
    private func store(_ workspace: String) throws -> ShardStore {
        try #require(Workspace(told: workspace)).store
    }

    private func makeFolders(_ paths: String...) throws {
        for path in paths { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func content(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
    }

    /// Whoever has put it there.
    @Test func aLinkBelowTheRunsFolderIsNeverWrittenThrough() throws {
        let folder = try SampleFolder()
        let (work, victim) = (folder.path("work"), folder.path("victim"))
        try makeFolders("\(work)/store/events", victim)
        try link("\(work)/store/shards", to: victim)
        let store = try store(work)
        #expect(throws: StoreError.self) { try store.write(.binned(shard: 0), [1]) }
        #expect(try content(victim).isEmpty)
        // In a file's own place it is replaced, and what it points to stays.
        try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.path("file")))
        try link("\(work)/store/plan", to: folder.path("file"))
        try store.write(.plan, [2])
        #expect(try String(contentsOfFile: folder.path("file"), encoding: .utf8) == "precious")
        #expect(try store.bytes(.plan) == [2])
        // An event file and a table go the same way.
        try FileManager.default.removeItem(atPath: "\(work)/store/events")
        try link("\(work)/store/events", to: victim)
        #expect(throws: StoreError.self) { _ = try EventFileWriter(store.path(.events(split: 0)), below: store.root) }
        #expect(try content(victim).isEmpty)
    }

    @Test func aFolderThatIsPutInTheRunsPlaceLaterIsNotWrittenTo() throws {
        let folder = try SampleFolder()
        let (work, victim) = (folder.path("work"), folder.path("victim"))
        try makeFolders("\(work)/store", "\(victim)/store")
        let store = try store(work)
        try store.write(.plan, [1])
        #expect(rename(work, folder.path("moved")) == 0)
        try link(work, to: victim)
        try store.write(.recipe, [2])
        #expect(try content("\(victim)/store").isEmpty)
        #expect(try content(folder.path("moved/store")).sorted() == ["plan", "recipe"])
    }

    @Test(.enabled(if: RunningProgram.isRoot)) func anothersFolderAndAnothersLinkAreRefused() throws {
        let folder = try SampleFolder()
        let work = folder.path("work")
        try makeFolders("\(work)/store")
        #expect(chown("\(work)/store", Self.nobody, Self.nobody) == 0)
        let first = #expect(throws: StoreError.self) { try store(work).write(.plan, [1]) }
        #expect(first?.description.contains("belongs to another user (uid 65534, and this process is uid 0)") == true)
        #expect(try content("\(work)/store").isEmpty)

        // On the way to a folder of one's own.
        #expect(chown("\(work)/store", 0, 0) == 0)
        try link(folder.path("way"), to: work)
        try store(folder.path("way")).write(.plan, [1])
        #expect(lchown(folder.path("way"), Self.nobody, Self.nobody) == 0)
        let second = #expect(throws: StoreError.self) { try store(folder.path("way")).write(.plan, [1]) }
        #expect(second?.description.contains("way is a link of another user") == true)
    }

    /// Over TCP, where nobody can tell whose coordinator it is: root's worker writes nothing into another user's folder, and works
    /// in one of its own.
    @Test(.enabled(if: RunningProgram.isRoot)) func aWorkerWritesNothingIntoAnotherUsersFolder() throws {
        let folder = try SampleFolder()
        for path in [folder.url.path] + (try folder.content).map(folder.path) {
            #expect(chown(path, Self.nobody, Self.nobody) == 0)
        }
        let endpoint = "tcp://127.0.0.1:\(try Network.freePort())"
        let coordinator = try RunningProgram.startedByNobody([
            "coordinator", folder.instance, "--listen", endpoint, "--insecure", "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let worker = try RunningProgram(["worker", "--connect", endpoint, "--insecure", "--threads", "1"])
        try coordinator.read(until: "Binning features")
        let work = URL(fileURLWithPath: folder.path(".out.work"))
        let left = FileManager.default.enumerator(at: work, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        for file in try #require(left) {
            var status = stat()
            // What was there a moment ago may be whole by now, under another name.
            #expect(lstat(file.path, &status) != 0 || status.st_uid == Self.nobody, "\(file.path)")
        }
        #expect(coordinator.finish().code == 0)
        let (code, text) = worker.finish()
        #expect(code == 0 && text.contains("cannot be used here: files go over the network"), "\(text)")
    }

    /// Planted where the coordinator is about to work.
    @Test(.enabled(if: RunningProgram.isRoot)) func aPlantedWorkFolderAndAPlantedLockAreNotUsed() throws {
        let folder = try SampleFolder()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "1"]
        try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.path("file")))
        func isPrecious() throws -> Bool {
            try String(contentsOfFile: folder.path("file"), encoding: .utf8) == "precious"
        }
        try link(folder.path(".out.lock"), to: folder.path("file"))
        let locked = try RunningProgram.run(arguments)
        #expect(try locked.code != 0 && isPrecious(), "\(locked.output)")
        try FileManager.default.removeItem(atPath: folder.path(".out.lock"))

        try makeFolders(folder.path(".out.work"))
        #expect(chown(folder.path(".out.work"), Self.nobody, Self.nobody) == 0)
        try link(folder.path(".out.work/journal"), to: folder.path("file"))
        let planted = try RunningProgram.run(arguments)
        #expect(planted.code != 0 && planted.output.contains("another user"), "\(planted.output)")
        #expect(try isPrecious())
    }

    @Test(.enabled(if: RunningProgram.isRoot)) func aSocketIsOfOneUser() throws {
        let folder = try SampleFolder()
        let endpoint = "ipc://\(folder.path("s"))"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path("s"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let stranger = try RunningProgram.asNobody(["status", "--connect", endpoint, "--timeout", "1"])
        #expect(stranger.code == 1, "\(stranger.output)")
        #expect(try RunningProgram.run(["status", "--connect", endpoint]).code == 0)
        coordinator.send(SIGINT)
        #expect(coordinator.finish().code == 75)

        // A root's worker does not serve who has listened first.
        try makeFolders(folder.path("theirs"))
        #expect(chown(folder.path("theirs"), Self.nobody, Self.nobody) == 0)
        let (code, text) = try RunningProgram.run(["worker", "--connect", "ipc://\(folder.path("theirs/s"))"])
        #expect(code == 2 && text.contains("is another user's folder"), "\(text)")
    }
}
