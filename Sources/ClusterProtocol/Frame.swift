package import Bytes

/// Why a frame was not accepted.
package enum FrameError: Error, Sendable, Equatable, CustomStringConvertible {
    case notOurs
    case version(theirs: UInt16)
    case otherRun
    /// Of a message that only a registered worker may send.
    case unknownSender
    case tooLong(Int)
    case length(said: Int, found: Int)
    case checksum
    case chunk(Int, of: Int)
    case bytes(ByteError)

    package var description: String {
        switch self {
        case .notOurs: "not a frame of propensity's protocol"
        case .version(let theirs):
            "the peer speaks protocol version \(theirs), this program version \(Frame.protocolVersion): "
                + "run the same version of propensity on all machines"
        case .otherRun: "a frame of another run"
        case .unknownSender:
            "a frame of a large message, or of a message in parts, of somebody who is no worker of this run"
        case .tooLong(let length): "a message of \(length) bytes is more than is allowed"
        case .length(let said, let found): "a frame that says \(said) bytes has \(found)"
        case .checksum: "a frame whose checksum does not fit"
        case .chunk(let index, let count): "chunk \(index) of \(count) is out of order"
        case .bytes(let error): "a message that cannot be read: \(error)"
        }
    }
}

/// One piece of a message on the wire: a header of fixed size and a payload of at most `chunkSize`.
///
/// Large messages travel as several frames, so that none delays ZeroMQ's own heartbeats (whose timers reset only on
/// whole frames) or takes more than a bounded place in a queue that counts frames.
///
/// Header, little-endian: magic UInt32, protocol version UInt16, reserved UInt16, run UInt64, sender UInt64, message
/// number UInt64, chunk UInt32, chunks UInt32, payload length UInt32, its length unpacked UInt32 (0: it is not packed),
/// payload checksum UInt64.
package struct Frame: Sendable, Equatable {
    package static let headerSize = 56
    package static let chunkSize = 1 << 20
    /// The longest message accepted, in chunks.
    package static let largestMessage = 512
    static let magic: UInt32 = 0x5950_5250

    package var run: UInt64
    /// The worker's registration, 0 before it has one; both directions.
    package var sender: UInt64
    package var message: UInt64
    package var chunk: UInt32
    package var chunks: UInt32
    package private(set) var payload: [UInt8]
    /// How many bytes the payload has unpacked; 0: it is not packed.
    package private(set) var unpackedCount: UInt32 = 0

    /// A message's bytes as frames.
    package static func split(_ bytes: [UInt8], run: UInt64, sender: UInt64, message: UInt64) -> [Frame] {
        let chunks = max(1, (bytes.count + chunkSize - 1) / chunkSize)
        return (0..<chunks).map { chunk in
            let slice = bytes[(chunk * chunkSize)..<min(bytes.count, (chunk + 1) * chunkSize)]
            return Frame(
                run: run, sender: sender, message: message, chunk: UInt32(chunk), chunks: UInt32(chunks),
                payload: Array(slice))
        }
    }

    package var header: [UInt8] {
        var writer = ByteWriter(reserving: Self.headerSize)
        writer.write(Self.magic)
        writer.write(Self.protocolVersion)
        writer.write(UInt16(0))
        writer.write(run)
        writer.write(sender)
        writer.write(message)
        writer.write(chunk)
        writer.write(chunks)
        writer.write(UInt32(payload.count))
        writer.write(unpackedCount)
        writer.write(payload.withUnsafeBytes { StableHash.hash($0) })
        return writer.bytes
    }

    init(run: UInt64, sender: UInt64, message: UInt64, chunk: UInt32, chunks: UInt32, payload: [UInt8]) {
        self.run = run
        self.sender = sender
        self.message = message
        self.chunk = chunk
        self.chunks = chunks
        self.payload = payload
    }

    /// What all versions of the protocol have in common: magic and version come first.
    private static func version(ofHeader header: [UInt8]) throws(FrameError) -> UInt16 {
        var reader = ByteReader(header)
        do throws(ByteError) {
            guard try reader.read(UInt32.self) == magic else { throw ByteError.badValue("magic", offset: 0) }
            return try reader.read()
        } catch {
            throw .notOurs
        }
    }

    /// Reads a frame; everything that the header says is checked before it is used.
    package init(header: [UInt8], payload: [UInt8]) throws(FrameError) {
        let version = try Self.version(ofHeader: header)
        // Before anything that another version may have elsewhere.
        guard version == Self.protocolVersion else { throw .version(theirs: version) }
        guard header.count == Self.headerSize else { throw .notOurs }
        var reader = ByteReader(header)
        let length: Int
        let checksum: UInt64
        do throws(ByteError) {
            _ = try reader.read(UInt64.self)
            run = try reader.read()
            sender = try reader.read()
            message = try reader.read()
            chunk = try reader.read()
            chunks = try reader.read()
            length = Int(try reader.read(UInt32.self))
            unpackedCount = try reader.read()
            checksum = try reader.read()
        } catch {
            throw .notOurs
        }
        self.payload = payload
        guard chunks <= Self.largestMessage else { throw .tooLong(Int(chunks) * Self.chunkSize) }
        guard chunk < chunks else { throw .chunk(Int(chunk), of: Int(chunks)) }
        guard payload.count == length else { throw .length(said: length, found: payload.count) }
        guard payload.count <= Self.chunkSize else { throw .tooLong(payload.count) }
        guard unpackedCount <= Self.chunkSize else { throw .tooLong(Int(unpackedCount)) }
        guard payload.withUnsafeBytes({ StableHash.hash($0) }) == checksum else { throw .checksum }
    }
}

extension Frame {
    /// Payloads of fewer bytes travel as they are.
    private static let leastPacked = 4096

    /// Makes the payload smaller if it can be.
    package mutating func pack(by codec: borrowing BlockCodec) {
        guard unpackedCount == 0, payload.count >= Self.leastPacked, let packed = codec.packed(payload) else { return }
        unpackedCount = UInt32(payload.count)
        payload = packed
    }

    /// Brings the payload back as it was.
    package mutating func unpack(by codec: borrowing BlockCodec) throws(FrameError) {
        guard unpackedCount > 0 else { return }
        do throws(ByteError) {
            payload = try codec.unpacked(payload, count: Int(unpackedCount))
        } catch {
            throw .bytes(error)
        }
        unpackedCount = 0
    }
}

/// Puts one peer's frames together to messages. Frames of a message arrive in order on one connection; a gap means that
/// the connection was cut, and drops what had come of that message.
package struct FrameAssembler: Sendable {
    private var message: UInt64 = 0
    private var next: UInt32 = 0
    private var bytes: [UInt8] = []

    package init() {}

    /// Of the message that has come in part.
    package var byteCount: Int { bytes.count }

    /// The message's bytes when `frame` is its last one.
    package mutating func append(_ frame: Frame) throws(FrameError) -> [UInt8]? {
        if frame.chunk == 0 {
            message = frame.message
            next = 0
            bytes = []
        }
        guard frame.message == message, frame.chunk == next else {
            next = .max
            bytes = []
            throw .chunk(Int(frame.chunk), of: Int(frame.chunks))
        }
        if frame.chunks == 1 { return frame.payload }
        bytes.append(contentsOf: frame.payload)
        next += 1
        guard next == frame.chunks else { return nil }
        defer { bytes = [] }
        return bytes
    }
}
