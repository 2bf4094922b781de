import Bytes
import ClusterCore
import ClusterProtocol
import Foundation
import InstanceFile
import Logging
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Events
@testable import Pipeline

/// One suite for all places where the files of a store can be: what is true of one is true of all.
@Suite(.serialized) struct BlobStoreTests {
    enum Place: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case folder, coordinator, objects

        var testDescription: String { rawValue }

        /// Where objects are; set for this process alone by the test that starts an object store.
        static let address = ProcessInfo.processInfo.environment["PROPENSITY_TEST_OBJECTS"]

        static var here: [Place] { allCases.filter { $0 != .objects || address != nil } }
    }

    /// A store with a place of each kind behind it, and what it needs to go on.
    private final class Site {
        let blobs: any BlobStore
        let folder: TemporaryFolder
        private let connection: Connection?

        init(_ place: Place) throws {
            folder = try TemporaryFolder()
            switch place {
            case .folder:
                try Files.makeDirectory(folder.path("there/shards"))
                try Files.makeDirectory(folder.path("there/events"))
                blobs = FolderBlobs(directory: folder.path("there"), root: RunDirectory(folder.path("there")))
                connection = nil
            case .coordinator:
                let made = try Connection(folder)
                connection = made
                blobs = CoordinatorBlobs(files: made.files)
            case .objects:
                blobs = ObjectBlobs("\(Place.address ?? "")/\(URL(fileURLWithPath: folder.path).lastPathComponent)")
                connection = nil
            }
        }

        func put(_ bytes: [UInt8], _ name: ShardStore.Name) throws {
            let path = folder.path("own-\(UInt64.random(in: 0 ... .max))")
            try Files.write(bytes, to: path)
            try blobs.write(name, from: path)
        }
    }

    /// A coordinator and a worker of it, over a real socket.
    private final class Connection {
        let files: RemoteFiles
        private let service: CoordinatorService
        private let ended = DispatchSemaphore(value: 0)

        init(_ folder: TemporaryFolder) throws {
            let workspace = Workspace(directory: folder.path("there"))
            let server = try FileServer.ofOneSplit(in: workspace)
            let endpoint = Endpoint.ipc(path: folder.path("socket"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            service = try CoordinatorService(
                endpoint: endpoint, keys: nil,
                invitation: Invitation(
                    instanceText: "", instanceFile: "a.yaml", baseDirectory: "/data",
                    workspace: workspace.directory, version: "test"),
                limits: Coordinator.Limits(), logger: logger, look: { _, _, _ in .isUnchanged },
                files: { server.serve($0, $1) }
            ) { _ in }
            let (joined, ended) = (DispatchSemaphore(value: 0), ended)
            let worker = try WorkerService(at: { endpoint }, threads: 1, logger: logger) { _, _ throws(Failure) in
                joined.signal()
                return WorkerRun { _, _ throws(Failure) in
                    []
                } beginFit: { _ throws(Failure) in
                    throw Failure(.machine, "there is nothing to fit")
                }
            }
            files = worker.files
            Thread {
                _ = try? worker.run(version: "test", build: 0)
                ended.signal()
            }.start()
            try #require(joined.wait(timeout: .now() + 60) == .success, "the worker was not welcomed")
        }

        deinit {
            service.stop(.runIsOver)
            ended.wait()
        }
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

    @Test(arguments: Place.here) func whatIsPutThereIsReadWholeAndInParts(_ place: Place) throws {
        let site = try Site(place)
        let name = ShardStore.Name.binned(shard: 1)
        // More than one piece of a message.
        let content = bytes(FileRequest.largest * 2 + 17)
        #expect(try site.blobs.read(name, offset: 0, count: 10) == nil)
        #expect(try !site.blobs.has(name))
        #expect(try site.blobs.bytes(name) == nil)
        try site.put(content, name)
        #expect(try site.blobs.has(name))
        #expect(try site.blobs.bytes(name) == content)
        for (offset, count) in [(0, 0), (0, 5), (content.count - 3, 10), (content.count, 4), (content.count + 99, 1)] {
            let piece = try #require(try site.blobs.read(name, offset: offset, count: count))
            #expect(piece.bytes == Array(content.dropFirst(offset).prefix(count)) && piece.size == content.count)
        }
    }

    @Test(arguments: Place.here) func aFileIsBroughtUnderItsNameOrNotAtAll(_ place: Place) throws {
        let site = try Site(place)
        let here = site.folder.path("here")
        try Files.makeDirectory(here)
        let (path, root) = ("\(here)/copy", RunDirectory(here))
        let name = ShardStore.Name.events(split: 0)
        #expect(try !site.blobs.bring(name, to: path, below: root))
        #expect(try FileManager.default.contentsOfDirectory(atPath: here).isEmpty)
        for content in [[], bytes(3), bytes(FileRequest.largest), bytes(FileRequest.largest + 1)] {
            try site.put(content, name)
            #expect(try site.blobs.bring(name, to: path, below: root))
            #expect(try Files.read(path) == content)
            #expect(try FileManager.default.contentsOfDirectory(atPath: here) == ["copy"])
            Files.discard(path)
        }
        #expect(throws: StoreError.self) {
            try site.blobs.bring(name, to: "\(here)/none/copy", below: root)
        }
    }

    @Test(arguments: Place.here) func aDamagedFileIsTakenAwayAndAWholeOneIsNot(_ place: Place) throws {
        let site = try Site(place)
        let (damaged, whole) = (ShardStore.Name.features(shard: 0), ShardStore.Name.features(shard: 1))
        try site.put([1, 2, 3], damaged)
        try site.put(ChecksummedEnvelope.seal([1], name: ShardStore.seal, version: ShardStore.version), whole)
        for name in [damaged, whole] { try site.blobs.discardIfDamaged(name) }
        #expect(try site.blobs.has(whole))
        #expect(try !site.blobs.has(damaged))
    }

    @Test(arguments: Place.here) func manyThreadsBringOneFile(_ place: Place) throws {
        let site = try Site(place)
        let name = ShardStore.Name.scores(shard: 0)
        let content = bytes(FileRequest.largest + 5)
        try site.put(content, name)
        let path = site.folder.path("copy")
        let (blobs, root) = (site.blobs, RunDirectory(site.folder.path))
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            #expect((try? blobs.bring(name, to: path, below: root)) == true)
        }
        #expect(try Files.read(path) == content)
    }

    /// The store's own view of it: what one process writes, another one reads; what nobody has is made anew.
    @Test(arguments: Place.here) func twoStoresShareIt(_ place: Place) throws {
        let site = try Site(place)
        func store(_ name: String) throws -> ShardStore {
            let directory = site.folder.path(name)
            for folder in ["events", "shards"] { try Files.makeDirectory("\(directory)/\(folder)") }
            return ShardStore(directory: directory, below: RunDirectory(directory), blobs: site.blobs)
        }
        let (one, other) = (try store("one"), try store("other"))
        try one.write(.binned(shard: 1), [7])
        #expect(try other.bytes(.binned(shard: 1)) == [7])
        // With nobody else to have it.
        var keeper = one
        keeper.keepsShards = true
        try keeper.write(.features(shard: 1), [8])
        #expect(try one.bytes(.features(shard: 1)) == [8])
        #expect(throws: StoreError.self) { try other.bytes(.features(shard: 1)) }
        var maker = other
        maker.remake = { name throws(Failure) in
            do throws(StoreError) {
                try Files.write([8], to: other.path(name))
            } catch {
                throw Failure(.machine, "\(error)")
            }
        }
        #expect(try maker.bytes(.features(shard: 1)) == [8])
        #expect(throws: StoreError.self) { try maker.bytes(.events(split: 0)) }
        // Events are for all.
        var file = try EventFileWriter(keeper.path(.events(split: 0)), below: keeper.root)
        try file.append(shard: 1, block: [1, 2])
        try file.append(shard: 0, block: [3])
        try file.append(shard: 1, block: [4])
        try file.finish()
        try keeper.hand(.events(split: 0))
        #expect(try other.blocks(of: 1, split: 0) == [[1, 2], [4]])
        #expect(try other.blocks(of: 2, split: 0) == [])
    }
}
