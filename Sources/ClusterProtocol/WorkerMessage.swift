package import Bytes
package import Learning

/// What a worker says of itself when it registers.
package struct Hello: Sendable, Equatable, ByteCodable {
    /// The product's version, for the log; what must match is `Frame.protocolVersion`.
    package var version: String
    package var host: String
    package var process: Int32
    /// Tasks that it computes at once, 1 to `mostThreads`.
    package var threads: Int
    /// Which build of the program it is: another one may compute other bytes.
    package var build: UInt64

    package static let mostThreads = 256
    /// Bytes of the version, and of the host's name.
    private static let longestText = 300

    package init(version: String, host: String, process: Int32, threads: Int, build: UInt64 = 0) {
        self.build = build
        self.version = version
        self.host = host
        self.process = process
        self.threads = threads
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(version)
        writer.write(host)
        writer.write(process)
        writer.write(UInt16(clamping: threads))
        writer.write(build)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        version = try reader.readText()
        host = try reader.readText()
        process = try reader.read()
        threads = Int(try reader.read(UInt16.self))
        guard 1...Self.mostThreads ~= threads else { throw .badValue("thread count", offset: reader.offset) }
        guard max(version.utf8.count, host.utf8.count) <= Self.longestText else {
            throw .badValue("length of a version or a host's name", offset: reader.offset)
        }
        build = try reader.read()
    }
}

/// A worker's answer to one training order, for the shards that it names and no others.
package struct Partial: Sendable, ByteCodable {
    package var fit: UInt32
    package var sequence: UInt32
    package var shards: [UInt32]
    package var reply: TrainingReply

    package init(fit: UInt32, sequence: UInt32, shards: [UInt32], reply: TrainingReply) {
        self.fit = fit
        self.sequence = sequence
        self.shards = shards
        self.reply = reply
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(fit)
        writer.write(sequence)
        writer.write(array: shards)
        reply.encode(to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        fit = try reader.read()
        sequence = try reader.read()
        shards = try reader.readArray()
        reply = try TrainingReply(from: &reader)
    }
}

/// What workers say to the coordinator.
package indirect enum WorkerMessage: Sendable {
    case hello(Hello)
    /// "I live, and have done this much": a count of finished pieces of work.
    case beat(progress: UInt64)
    case finished(TaskID, result: [UInt8])
    case failed(TaskID, Failure)
    case partial(Partial)
    case fitFailed(fit: UInt32, Failure)
    /// The answer to `recompute` of that number; nil: it could not be computed here.
    case recomputed(number: UInt32, Partial?)
    case goodbye
    /// A message that the worker keeps, and sends again, until the coordinator says `acknowledged`.
    case numbered(UInt64, WorkerMessage)
    /// "How does the run go?", of somebody who need not be a worker, and is none by asking.
    case askStatus
}

extension WorkerMessage: ByteCodable {
    /// Whether it may be large and so travels on the data socket, where it delays no heartbeat.
    package var isData: Bool {
        switch self {
        case .finished, .failed, .partial, .fitFailed, .recomputed: true
        case .numbered: true
        case .hello, .beat, .goodbye, .askStatus: false
        }
    }

    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .hello(let hello):
            writer.write(UInt8(1))
            hello.encode(to: &writer)
        case .beat(let progress):
            writer.write(UInt8(2))
            writer.write(progress)
        case .finished(let task, let result):
            writer.write(UInt8(3))
            task.encode(to: &writer)
            writer.write(array: result)
        case .failed(let task, let failure):
            writer.write(UInt8(4))
            task.encode(to: &writer)
            failure.encode(to: &writer)
        case .partial(let partial):
            writer.write(UInt8(5))
            partial.encode(to: &writer)
        case .fitFailed(let fit, let failure):
            writer.write(UInt8(6))
            writer.write(fit)
            failure.encode(to: &writer)
        case .goodbye:
            writer.write(UInt8(7))
        case .numbered(let number, let message):
            writer.write(UInt8(8))
            writer.write(number)
            message.encode(to: &writer)
        case .askStatus:
            writer.write(UInt8(9))
        case .recomputed(let number, let partial):
            writer.write(UInt8(10))
            writer.write(number)
            writer.write(optional: partial) { $1.encode(to: &$0) }
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .hello(try Hello(from: &reader))
        case 2: self = .beat(progress: try reader.read())
        case 3: self = .finished(try TaskID(from: &reader), result: try reader.readArray())
        case 4: self = .failed(try TaskID(from: &reader), try Failure(from: &reader))
        case 5: self = .partial(try Partial(from: &reader))
        case 6: self = .fitFailed(fit: try reader.read(), try Failure(from: &reader))
        case 7: self = .goodbye
        case 8:
            let number = try reader.read(UInt64.self)
            let message = try WorkerMessage(unnumbered: &reader)
            self = .numbered(number, message)
        case 9: self = .askStatus
        case 10:
            self = .recomputed(
                number: try reader.read(),
                try reader.readOptional { reader throws(ByteError) in try Partial(from: &reader) })
        default: throw .badValue("worker message", offset: reader.offset - 1)
        }
    }

    /// Numbers do not nest, so that no peer can make reading recurse.
    private init(unnumbered reader: inout ByteReader) throws(ByteError) {
        var next = reader
        guard try next.read(UInt8.self) != 8 else { throw .badValue("worker message", offset: reader.offset) }
        try self.init(from: &reader)
    }
}
