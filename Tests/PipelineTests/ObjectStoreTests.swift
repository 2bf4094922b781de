import Foundation
import RunOutputs
import Synchronization
import TestSupport
import Testing

/// An object store with S3's interface, as a process of its own, with the sample's events in the bucket `shop`. It can be
/// told to fail.
private final class Store: Sendable {
    private let process = Process()
    private let input = Pipe()
    let endpoint: String

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// `scripts/setup object-store` fetches it.
    static let isThere = FileManager.default.fileExists(
        atPath: root.appendingPathComponent(".deps/object-store/.made-of").path)

    /// One for all tests, each of which begins with no fault; it ends with this process, which holds its input.
    static let shared = Result { try Store() }

    private init() throws {
        let folder = try SampleFolder()
        let output = Pipe()
        process.executableURL = Self.root.appendingPathComponent("scripts/faults/object_store.py")
        process.arguments = ["shop", "\(folder.path("online_retail.parquet"))=events/day=1/a sale.parquet"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var said = ""
        while !said.hasSuffix("\n") {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the object store did not start")
            said += String(decoding: more, as: UTF8.self)
        }
        endpoint = String(said.dropLast())
    }

    /// What is in the bucket below a prefix.
    func keys(below prefix: String) throws -> [String] {
        let (code, text) = try RunningProgram(
            ["-sS", "\(endpoint)/shop?list-type=2&prefix=\(prefix)"], program: "/usr/bin/curl"
        ).finish()
        try #require(code == 0, "\(text)")
        return text.split(separator: "<Key>").dropFirst().compactMap { $0.split(separator: "<").first.map(String.init) }
    }

    func put(_ text: String, _ key: String) throws {
        let (code, said) = try RunningProgram(
            ["-sS", "-X", "PUT", "--data-binary", text, "\(endpoint)/shop/\(key)"], program: "/usr/bin/curl"
        ).finish()
        try #require(code == 0, "\(said)")
    }

    /// Begins a fault of scripts/faults/object_store.py.
    func begin(_ fault: String) throws {
        let (code, text) = try RunningProgram(
            ["-sS", "-X", "FAULT", "\(endpoint)/\(fault)"], program: "/usr/bin/curl"
        ).finish()
        try #require(code == 0, "\(text)")
    }

    var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }
}

/// Inputs from, and results to, an object store.
@Suite(.serialized, .enabled(if: Store.isThere, "run scripts/setup object-store")) struct ObjectStoreTests {
    private static let known = Mutex<[String: String]?>(nil)

    private let folder: SampleFolder
    private let store: Store

    init() throws {
        folder = try SampleFolder(trees: 4)
        store = try Store.shared.get()
        try store.begin("none")
        let partition = folder.path("events/day=1")
        try FileManager.default.createDirectory(atPath: partition, withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            atPath: folder.path("online_retail.parquet"), toPath: "\(partition)/a sale.parquet")
        let text = try String(contentsOfFile: folder.instance, encoding: .utf8)
            .replacing("path: online_retail.parquet", with: "path: events")
        try folder.write(text, to: "instance.yaml")
        try folder.write(
            text.replacing("path: events", with: "path: s3://shop/events")
                .replacing("output: results", with: "output: s3://shop/\(folder.url.lastPathComponent)/weekly"),
            to: "objects.yaml")
    }

    /// The hashes of what a run on a disk gives; made once, for all have the same data.
    private func expected() throws -> [String: String] {
        if let known = Self.known.withLock({ $0 }) { return known }
        let made = try folder.undisturbed()
        Self.known.withLock { $0 = made }
        return made
    }

    private func propensity(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> (code: Int32, output: String) {
        try RunningProgram.run(arguments, environment: store.environment.merging(environment) { $1 })
    }

    private var results: String { "s3://shop/\(folder.url.lastPathComponent)/weekly" }
    private var objects: String { folder.path("objects.yaml") }

    @Test func resultsAreTheSameBytesAndComeBack() throws {
        let expected = try expected()
        let (code, text) = try propensity("run", objects, "--workers", "2")
        #expect(code == 0 && text.contains("In object store     \(results)"), "\(text)")
        #expect(try folder.hashes("weekly") == expected)
        let (fetched, said) = try propensity("fetch", results, folder.path("back"))
        #expect(fetched == 0, "\(said)")
        #expect(try folder.hashes("back") == expected)
        let (explained, page) = try propensity("explain", folder.path("back"), "12346")
        #expect(explained == 0 && page.contains("12346: score"), "\(page)")
        let (again, refusal) = try propensity("fetch", results, folder.path("back"))
        #expect(again == 2 && refusal.contains("is there already"), "\(refusal)")
    }

    @Test(arguments: ["busy", "broken"]) func aStoreThatFailsNowAndThenIsAskedAgain(_ fault: String) throws {
        let expected = try expected()
        try store.begin(fault)
        let (code, text) = try propensity("run", objects, "--workers", "2", "--output", folder.path("out"))
        #expect(code == 0, "\(text)")
        #expect(try folder.hashes("out") == expected)
    }

    @Test(arguments: [("expired", "may have expired"), ("refused", "are valid and may do this")])
    func whatTheStoreRefusesIsSaid(_ fault: String, _ advice: String) throws {
        try store.begin(fault)
        let (code, text) = try propensity("run", objects)
        #expect(code == 2 && text.contains("bucket 'shop'") && text.contains(advice), "\(text)")
    }

    @Test func resultsThatCannotBePutThereAreKeptAndPutThereLater() throws {
        let expected = try expected()
        let run = try RunningProgram(["run", objects], environment: store.environment)
        try run.read(until: "how it goes")
        try store.begin("readonly")
        let (code, text) = run.finish()
        #expect(code == 1 && text.contains("the results are whole in \(folder.path("weekly"))"), "\(text)")
        #expect(!text.contains("damaged"), "\(text)")
        #expect(try folder.hashes("weekly") == expected)
        let (early, nothing) = try propensity("fetch", results, folder.path("back"))
        #expect(early == 2 && nothing.contains("holds no results"), "\(nothing)")
        try store.begin("none")
        let (later, said) = try propensity("run", objects)
        #expect(later == 0 && said.contains("going on with the run that was interrupted"), "\(said)")
        _ = try propensity("fetch", results, folder.path("back"))
        #expect(try folder.hashes("back") == expected)
    }

    @Test func whoMayNotWriteThereIsToldBeforeTheRun() throws {
        try store.begin("readonly")
        let (code, text) = try propensity("run", objects)
        #expect(code == 2 && text.contains("cannot be written") && text.contains("may do this"), "\(text)")
        #expect(access(folder.path(".weekly.work"), F_OK) != 0)
    }

    /// One has a key, and one reads through the coordinator.
    @Test func workersWithoutCredentialsAreServed() throws {
        let expected = try expected()
        let endpoint = "ipc://\(folder.path("s"))"
        let workers = try [store.environment, ["AWS_EC2_METADATA_DISABLED": "true"]].map {
            try RunningProgram(
                ["worker", "--connect", endpoint, "--threads", "1", "--no-shared-disk"], environment: $0)
        }
        let (code, text) = try propensity(
            "coordinator", objects, "--listen", endpoint, "--output", folder.path("out"), "--min-workers", "2")
        #expect(code == 0, "\(text)")
        for worker in workers { #expect(worker.finish().code == 0) }
        #expect(try folder.hashes("out") == expected)
        // Nobody did it in their place.
        #expect(!text.contains("could not"), "\(text)")
        let record = try RunJSON.decode(
            RunFile.self, from: Array(Data(contentsOf: URL(fileURLWithPath: folder.path("out/run.json")))))
        #expect(record.cluster?.faults.map(\.what) == [])
    }

    /// The suite of all kinds of blob stores, with this one: in a process of its own, which alone has the credentials.
    @Test func blobsAreKeptThere() throws {
        let (code, text) = try RunningProgram(
            ["--testing-library", "swift-testing", "--filter", "BlobStoreTests"], program: "/proc/self/exe",
            environment: store.environment.merging(["PROPENSITY_TEST_OBJECTS": "s3://shop/blobs"]) { $1 }
        ).finish()
        #expect(code == 0 && text.contains("objects"), "\(text)")
    }

    /// Two workers with credentials, and one that reads and writes through the coordinator. One of the first dies.
    @Test(arguments: [("1", "Binning features"), ("0", "Scoring")])
    func theStoreOfARunMayBeThere(_ copies: String, _ moment: String) throws {
        let expected = try expected()
        let endpoint = "ipc://\(folder.path("s"))"
        let workers = try [store.environment, store.environment, ["AWS_EC2_METADATA_DISABLED": "true"]].map {
            try RunningProgram(
                ["worker", "--connect", endpoint, "--threads", "1", "--no-shared-disk"], environment: $0)
        }
        let prefix = "\(folder.url.lastPathComponent)/work"
        let run = try RunningProgram(
            [
                "coordinator", objects, "--listen", endpoint, "--output", folder.path("out"), "--min-workers", "3",
                "--store", "s3://shop/\(prefix)", "--copies", copies,
            ], environment: store.environment)
        try run.read(until: moment)
        let keys = try store.keys(below: prefix)
        #expect(keys.contains { $0.hasSuffix("/plan") }, "\(keys)")
        // Events are needed until features are made of them, or as long as those may be made anew.
        #expect(keys.contains { $0.hasSuffix("/events/00000") } == (copies == "0"), "\(keys)")
        #expect(keys.contains { $0.hasSuffix(".features") } == (copies == "1"), "\(keys)")
        workers[0].send(SIGKILL)
        let (code, text) = run.finish()
        #expect(code == 0, "\(text)")
        for worker in workers.dropFirst() { #expect(worker.finish().code == 0) }
        #expect(try folder.hashes("out") == expected)
        // Nothing is left but, as S3's clients do, the empty key of a folder.
        #expect(try store.keys(below: prefix).allSatisfy { $0.hasSuffix("/") })
    }

    /// It finds there what it had left, notices what has been spoilt meanwhile, and takes nothing away that is not its own.
    @Test(arguments: ["1", "0"]) func aCoordinatorThatDiesGoesOnWithIt(_ copies: String) throws {
        let expected = try expected()
        let endpoint = "ipc://\(folder.path("s"))"
        let prefix = "\(folder.url.lastPathComponent)/work"
        try store.put("precious", "\(prefix)/run/mine")
        let worker = try RunningProgram(
            ["worker", "--connect", endpoint, "--threads", "2", "--no-shared-disk"], environment: store.environment)
        func coordinator(_ more: String...) throws -> RunningProgram {
            try RunningProgram(
                [
                    "coordinator", objects, "--listen", endpoint, "--output", folder.path("out"), "--store",
                    "s3://shop/\(prefix)", "--copies", copies,
                ] + more, environment: store.environment)
        }
        let first = try coordinator()
        try first.read(until: "Logistic regression")
        first.send(SIGKILL)
        _ = first.finish()
        for key in try store.keys(below: prefix) where key.hasSuffix("events/00000") || key.hasSuffix("00001.bins") {
            try store.put("spoilt", key)
        }
        let (code, text) = try coordinator().finish()
        #expect(code == 0 && text.contains("going on with the run that was interrupted"), "\(text)")
        #expect(worker.finish().code == 0)
        #expect(try folder.hashes("out") == expected)
        #expect(
            try store.keys(below: prefix).filter { !$0.hasSuffix("/") } == ["\(prefix)/run/mine"])
        // So does one that is to begin anew.
        let dropped = try coordinator("--fresh")
        try dropped.read(until: "listening")
        dropped.send(SIGKILL)
        _ = dropped.finish()
        #expect(try store.keys(below: prefix).contains { $0.hasSuffix("/nonce") })
        let (end, said) = try propensity("run", objects, "--fresh", "--output", folder.path("out"))
        #expect(end == 0, "\(said)")
    }

    @Test func aStoreThatIsNoAddressIsRefused() throws {
        for (address, reason) in [
            ("work", "is no address"), ("hdfs://a/b", "hdfs:// is not known"), ("s3://none/work", "no such bucket"),
        ] {
            let (code, text) = try propensity(
                "coordinator", objects, "--listen", "ipc://\(folder.path("s"))", "--store", address)
            #expect(code == 2 && text.contains(reason), "\(text)")
        }
    }

    @Test func addressesThatLeadNowhere() throws {
        let text = try String(contentsOfFile: objects, encoding: .utf8)
        for (address, reason) in [
            ("s3://shop/evnts/*.parquet", "no file matches; check the bucket"),
            ("s3://shop/none.csv", "there is no such file"), ("s3://other/events", "there is no such file"),
            ("s3:///events", "it names no bucket"), ("s3://shop-*/events", "a pattern cannot stand for buckets"),
            ("hdfs://host/events", "hdfs:// is not known"), ("s3://key:secret@shop/events", "it holds credentials"),
            ("s3://key:sec/secret@shop/events", "it holds credentials"),
            ("http://key:secret@shop/events", "it holds credentials"),
        ] {
            try folder.write(
                text.replacing("path: s3://shop/events", with: "path: '\(address)'"), to: "objects.yaml")
            let (code, said) = try propensity("run", objects)
            #expect(code == 2 && said.contains(reason) && !said.contains("secret"), "\(said)")
        }
    }

    /// An address that answers nothing: a look says what is wrong, and a run ends as one that may be started again.
    @Test(arguments: [(["check"], 2), (["run", "--output", "out"], 1)] as [([String], Int32)])
    func aStoreThatIsNotThereIsNamed(_ command: [String], _ expected: Int32) throws {
        let (code, text) = try RunningProgram.run(
            [command[0], objects] + command.dropFirst(),
            environment: store.environment.merging(["AWS_ENDPOINT_URL": "http://127.0.0.1:1"]) { $1 },
            in: folder.url.path)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(code == expected && words.contains("the endpoint (AWS_ENDPOINT_URL)"), "\(text)")
    }
}
