package import Bytes

/// What a worker that does not see the run's folder asks of the coordinator's disk. Files go by names that both sides make
/// of what they are (`inputs/3`, `store/plan`), never by paths.
package enum FileRequest: Sendable, Equatable {
    /// Up to `count` bytes from `offset` on, fewer at the end: at most `FileRequest.largest`.
    case read(name: String, offset: UInt64, count: UInt32)
    /// A piece of a new file; pieces come one after the other, from the beginning. `upload` tells two of a worker apart.
    case write(upload: UInt64, name: String, offset: UInt64, bytes: [UInt8])
    /// All pieces have been written: the file gets its name if it is of this size and hash (`FileRequest.hash`).
    case finish(upload: UInt64, name: String, size: UInt64, hash: UInt64)
    /// A file was found damaged: to be looked at, and taken away if it is.
    case damaged(name: String)

    /// Bytes of a piece at most.
    package static let largest = 1 << 19
    /// Bytes of a name at most.
    package static let longestName = 200

    /// The hash of a file's pieces up to one, given that of those before it; 0 before the first.
    package static func hash(_ piece: [UInt8], after hash: UInt64) -> UInt64 {
        piece.withUnsafeBytes { StableHash.hash($0, seed: hash) }
    }

    package var name: String {
        switch self {
        case .read(let name, _, _), .write(_, let name, _, _), .finish(_, let name, _, _), .damaged(let name): name
        }
    }

    /// What it takes on the wire, in bytes.
    package var approximateSize: Int {
        switch self {
        case .write(_, _, _, let bytes): 256 + bytes.count
        case .read, .finish, .damaged: 256
        }
    }

    /// What it takes until it has been answered, in bytes.
    package var cost: Int {
        switch self {
        case .read(_, _, let count): 256 + Int(count)
        case .write, .finish, .damaged: approximateSize
        }
    }
}

/// The answer.
package enum FileReply: Sendable, Equatable {
    /// `size`: of the whole file.
    case bytes([UInt8], size: UInt64)
    case written
    /// There is no file of that name (any more).
    case missing
    /// Too many others hand files in: to be asked again.
    case busy
    case failed(Failure)
}

extension FileRequest: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .read(let name, let offset, let count): writer.write(1 as UInt8, name, offset, count)
        case .write(let upload, let name, let offset, let bytes): writer.write(2 as UInt8, upload, name, offset, bytes)
        case .finish(let upload, let name, let size, let hash): writer.write(3 as UInt8, upload, name, size, hash)
        case .damaged(let name): writer.write(4 as UInt8, name)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        switch try reader.read(UInt8.self) {
        case 1: self = .read(name: try reader.read(), offset: try reader.read(), count: try reader.read())
        case 2:
            self = .write(
                upload: try reader.read(), name: try reader.read(), offset: try reader.read(),
                bytes: try reader.read())
        case 3:
            self = .finish(
                upload: try reader.read(), name: try reader.read(), size: try reader.read(), hash: try reader.read())
        case 4: self = .damaged(name: try reader.read())
        default: throw .badValue("file request", offset: start)
        }
        guard name.utf8.count <= Self.longestName, isWithinLimits else {
            throw .badValue("size of a file request", offset: start)
        }
    }

    private var isWithinLimits: Bool {
        switch self {
        case .read(_, let offset, let count): offset <= 1 << 48 && count <= Self.largest
        case .write(_, _, let offset, let bytes): offset <= 1 << 48 && bytes.count <= Self.largest
        case .finish(_, _, let size, _): size <= 1 << 48
        case .damaged: true
        }
    }
}

extension FileReply: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .bytes(let bytes, let size): writer.write(1 as UInt8, bytes, size)
        case .written: writer.write(2 as UInt8)
        case .busy: writer.write(4 as UInt8)
        case .missing: writer.write(5 as UInt8)
        case .failed(let failure): writer.write(3 as UInt8, failure)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .bytes(try reader.read(), size: try reader.read())
        case 2: self = .written
        case 3: self = .failed(try reader.read())
        case 4: self = .busy
        case 5: self = .missing
        default: throw .badValue("file reply", offset: reader.offset - 1)
        }
    }
}
