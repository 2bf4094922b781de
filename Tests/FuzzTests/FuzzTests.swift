import Bytes
import ClusterCore
import ClusterProtocol
import Events
import Features
import Foundation
import InstanceFile
import Learning
import Readiness
import TestSupport
import Testing

/// Readers of what others write: whatever the bytes, they end with a value or an error, and never end the process.
///
/// Each input is written to a file before it is read, so that one that does end the process is found there; such inputs
/// are kept in Corpus and read first. FUZZ_SECONDS says how long each reader is tried, FUZZ_SEED where to begin, and
/// FUZZ_READER which one alone.
@Suite(.serialized) struct FuzzTests {
    struct Reader: Sendable, CustomTestStringConvertible {
        var name: String
        var seeds: [[UInt8]]
        /// Whether it was read as something.
        var read: @Sendable ([UInt8]) -> Bool
        var testDescription: String { name }
    }

    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["FUZZ_SECONDS"].flatMap(Double.init) ?? 0.15
    private static let seed = environment["FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    private static let only = environment["FUZZ_READER"]
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Corpus")

    static let readers: [Reader] = [
        Reader(name: "frame", seeds: Seeds.frames) { bytes in
            let header = Array(bytes.prefix(Frame.headerSize))
            var assembler = FrameAssembler()
            guard let frame = try? Frame(header: header, payload: Array(bytes.dropFirst(Frame.headerSize))) else {
                return false
            }
            return (try? assembler.append(frame)) != nil
        },
        // Behind the frame's checksum, which whoever has a key can write.
        Reader(name: "packed-block", seeds: [Seeds.packedBlock]) { bytes in
            (try? BlockCodec().unpacked(bytes, count: Seeds.blockSize)) != nil
        },
        Reader(name: "worker-message", seeds: Seeds.workerMessages.map(\.encoded)) { bytes in
            (try? WorkerMessage(decoding: bytes)).map { $0.encoded.count <= bytes.count } ?? false
        },
        Reader(name: "coordinator-message", seeds: Seeds.coordinatorMessages.map(\.encoded)) { bytes in
            (try? CoordinatorMessage(decoding: bytes)).map { $0.encoded.count <= bytes.count } ?? false
        },
        Reader(name: "journal", seeds: [Seeds.journal]) { bytes in
            JournaledSteps.read(bytes).steps.count > 0
        },
        Reader(name: "journal-record", seeds: Seeds.records.map(\.encoded)) { bytes in
            (try? JournalRecord(decoding: bytes)) != nil
        },
        Reader(name: "model", seeds: [Seeds.model.encoded]) { (try? Model(decoding: $0)) != nil },
        // Behind the model's checksum, which guards against damage and not against intent.
        Reader(name: "model-content", seeds: [Seeds.modelContent]) { bytes in
            (try? Model(decoding: Model.sealed(bytes))) != nil
        },
        Reader(name: "instance", seeds: Seeds.instances.map { Array($0.utf8) }) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            return (try? Instance.parse(text: text, file: "fuzz.yaml", baseDirectory: "/", checkingFiles: false)) != nil
        },
    ]

    @Test(arguments: (readers + runReaders).filter { only == nil || only == $0.name })
    func nothingEndsTheProcess(_ reader: Reader) throws {
        for seed in reader.seeds {
            // Not within the expectation, which would print all of its bytes.
            let isRead = reader.read(seed)
            #expect(isRead, "a good \(reader.name) is refused")
        }
        let kept = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent.hasPrefix("\(reader.name)-") }
            .sorted { $0.path < $1.path }
            .map { Array(try Data(contentsOf: $0)) }
        for input in kept { _ = reader.read(input) }

        let last = FileManager.default.temporaryDirectory.appendingPathComponent(
            "propensity-fuzz-\(reader.name)-\(getpid())")
        let descriptor = open(last.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var mutator = Mutator(seed: Self.seed)
        var (tried, read) = (0, 0)
        let end = ContinuousClock.now + .seconds(Self.seconds)
        while tried <= 10 || ContinuousClock.now < end {
            let input = mutator.changed(reader.seeds + kept)
            ftruncate(descriptor, 0)
            #expect(pwrite(descriptor, input, input.count, 0) == input.count)
            tried += 1
            if reader.read(input) { read += 1 }
        }
        print("fuzz: \(reader.name): \(tried) inputs, \(read) of them read as something")
        try FileManager.default.removeItem(at: last)
    }
}
