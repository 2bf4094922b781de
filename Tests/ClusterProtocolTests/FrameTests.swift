import Bytes
import ClusterProtocol
import Testing

@Suite struct FrameTests {
    private func frames(of bytes: [UInt8]) -> [Frame] { Frame.split(bytes, run: 7, sender: 3, message: 9) }

    @Test(arguments: [0, 1, Frame.chunkSize, Frame.chunkSize + 1, 3 * Frame.chunkSize])
    func aMessageComesBackWhole(_ length: Int) throws {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var assembler = FrameAssembler()
        var result: [UInt8]?
        for frame in frames(of: bytes) {
            #expect(result == nil)
            result = try assembler.append(try Frame(header: frame.header, payload: frame.payload))
        }
        #expect(result == bytes)
    }

    @Test func aPackedFrameIsSmallerAndComesBack() throws {
        let codec = BlockCodec()
        let bytes = (0..<Frame.chunkSize).map { UInt8(truncatingIfNeeded: $0 >> 7) }
        var frame = frames(of: bytes)[0]
        frame.pack(by: codec)
        #expect(frame.payload.count < bytes.count / 10 && frame.unpackedCount == Frame.chunkSize)
        var back = try Frame(header: frame.header, payload: frame.payload)
        try back.unpack(by: codec)
        #expect(back.payload == bytes && back.unpackedCount == 0)
        // Small ones, and such as would not get smaller, stay as they are.
        var generator = SplitMix(state: 3)
        for payload in [
            [UInt8](repeating: 0, count: 4095), (0..<9000).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
        ] {
            var frame = frames(of: payload)[0]
            frame.pack(by: codec)
            #expect(frame.payload == payload && frame.unpackedCount == 0)
        }
        // One that is no block of the size that it says.
        for (size, isTurned) in [(Frame.chunkSize - 1, false), (5, false), (Frame.chunkSize, true)] {
            var header = frame.header
            header.replaceSubrange(44..<48, with: withUnsafeBytes(of: UInt32(size).littleEndian, Array.init))
            var payload = frame.payload
            if isTurned { payload.removeLast(3) }
            header.replaceSubrange(40..<44, with: withUnsafeBytes(of: UInt32(payload.count).littleEndian, Array.init))
            let checksum = payload.withUnsafeBytes { StableHash.hash($0) }
            header.replaceSubrange(48..<56, with: withUnsafeBytes(of: checksum.littleEndian, Array.init))
            var wrong = try Frame(header: header, payload: payload)
            #expect(throws: FrameError.self) { try wrong.unpack(by: codec) }
        }
        var endless = frame.header
        endless.replaceSubrange(44..<48, with: [255, 255, 255, 255])
        #expect(throws: FrameError.tooLong(Int(UInt32.max))) { try Frame(header: endless, payload: frame.payload) }
    }

    @Test func aGapDropsTheMessageAndNotTheNext() throws {
        let long = frames(of: [UInt8](repeating: 1, count: 3 * Frame.chunkSize))
        var assembler = FrameAssembler()
        #expect(try assembler.append(long[0]) == nil)
        #expect(throws: FrameError.chunk(2, of: 3)) { try assembler.append(long[2]) }
        #expect(throws: FrameError.self) { try assembler.append(long[1]) }
        #expect(try assembler.append(frames(of: [5])[0]) == [5])
    }

    @Test func whatIsNotAsItSaysIsRefused() throws {
        let frame = frames(of: [1, 2, 3])[0]
        #expect(throws: FrameError.checksum) { try Frame(header: frame.header, payload: [1, 2, 4]) }
        #expect(throws: FrameError.length(said: 3, found: 2)) { try Frame(header: frame.header, payload: [1, 2]) }
        #expect(throws: FrameError.notOurs) { try Frame(header: [1], payload: []) }
        var other = frame.header
        other[0] ^= 1
        #expect(throws: FrameError.notOurs) { try Frame(header: other, payload: [1, 2, 3]) }
        var newer = frame.header
        newer[4] = 99
        #expect(throws: FrameError.version(theirs: 99)) { try Frame(header: newer, payload: [1, 2, 3]) }
        // Another version may have another header.
        #expect(throws: FrameError.version(theirs: 99)) { try Frame(header: Array(newer.prefix(20)), payload: []) }
        #expect("\(FrameError.version(theirs: 99))".contains("same version of propensity"))
        var endless = frame.header
        endless.replaceSubrange(36..<40, with: [255, 255, 255, 255])
        #expect(throws: FrameError.self) { try Frame(header: endless, payload: [1, 2, 3]) }
    }

    @Test func randomBytesNeverTrap() {
        var generator = SplitMix(state: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int(generator.next() % 90)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            _ = try? Frame(header: bytes, payload: bytes)
            _ = try? WorkerMessage(decoding: bytes)
            _ = try? CoordinatorMessage(decoding: bytes)
        }
    }
}

@Suite struct MessageTests {
    @Test func messagesComeBack() throws {
        let hello = Hello(version: "1.2", host: "h", process: 7, threads: 3)
        for message in [
            WorkerMessage.hello(hello), .beat(progress: 9), .finished(TaskID(work: 1, index: 2), result: [1, 2]),
            .failed(TaskID(work: 1, index: 2), Failure(.input, "no such file")),
            .fitFailed(fit: 3, Failure(.machine, "x")),
            .goodbye, .askStatus, .file(number: 5, .write(upload: 1, name: "a", offset: 7, bytes: [1])),
        ] {
            #expect(try WorkerMessage(decoding: message.encoded).encoded == message.encoded)
        }
        let welcome = Welcome(
            worker: WorkerID(4), run: 8, instanceText: "a", instanceFile: "b", baseDirectory: "c", workspace: "d")
        for message in [
            CoordinatorMessage.welcome(welcome), .registerAgain, .refused(reason: "r"),
            .perform(TaskID(work: 1, index: 0), Stage("ingest"), payload: [3]), .release(fit: 1, shards: [4, 5]),
            .closeFit(2), .ping, .stop, .file(number: 5, .bytes([1], size: 2)),
        ] {
            #expect(try CoordinatorMessage(decoding: message.encoded).encoded == message.encoded)
        }
        #expect(try ClusterStatus(decoding: status.encoded) == status)
    }

    private var status: ClusterStatus {
        let member = ClusterStatus.Member(
            worker: WorkerID(4), name: "lab", hello: Hello(version: "1.2", host: "h", process: 7, threads: 3),
            joined: 2,
            heard: 0.5, isSuspect: true, tasks: 1, shards: 2, owed: 3, done: 4, received: 1 << 40, sent: 6)
        var counters = Counters()
        for (index, kind) in Counters.Kind.allCases.enumerated() { counters[kind] = index }
        return ClusterStatus(
            seconds: 9, title: "Scoring",
            work: ClusterStatus.Work(stage: Stage("score"), finished: 5, of: 6, seconds: 1.5, rate: 3.5),
            minimumWorkers: 2,
            isWaiting: true, workers: 1, members: [member], counters: counters,
            faults: [ClusterStatus.Fault(ago: 8, what: "x")])
    }

    @Test func requestsForFilesHaveLimits() {
        for request in [
            FileRequest.read(name: "a", offset: 0, count: UInt32(FileRequest.largest) + 1),
            .read(name: "a", offset: .max, count: 1),
            .read(name: String(repeating: "a", count: FileRequest.longestName + 1), offset: 0, count: 1),
            .write(upload: 1, name: "a", offset: 0, bytes: Array(repeating: 0, count: FileRequest.largest + 1)),
            .finish(upload: 1, name: "a", size: .max, hash: 0),
        ] {
            #expect(throws: ByteError.self) { try FileRequest(decoding: request.encoded) }
        }
    }

    /// They are written as JSON, which knows finite numbers only.
    @Test func aStatusHasTimesThatAreNumbers() {
        for time in [Double.nan, .infinity, -1] {
            var status = status
            status.seconds = time
            #expect(throws: ByteError.self) { try ClusterStatus(decoding: status.encoded) }
        }
    }

    @Test func aWorkerWithoutThreadsIsNone() {
        for threads in [0, Hello.mostThreads + 1] {
            let bytes = WorkerMessage.hello(Hello(version: "", host: "", process: 0, threads: threads)).encoded
            #expect(throws: ByteError.self) { try WorkerMessage(decoding: bytes) }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state, 1)
    }
}
