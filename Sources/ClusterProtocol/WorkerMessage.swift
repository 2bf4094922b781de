package import Bytes

/// What a worker says of itself when it registers.
package struct Hello: Sendable, Equatable, FieldCodable {
    /// The product's version, for the log; what must match is `Frame.protocolVersion`.
    package var version: String
    package var host: String
    package var process: Int32
    /// Tasks that it computes at once, 1 to `mostThreads`.
    package var threads: Int
    /// Which build of the program it is: another one may compute other bytes.
    package var build: UInt64
    /// Bytes that it may take; 0: it does not say.
    package var memory: UInt64

    package static let mostThreads = 256
    /// Bytes of the version, and of the host's name.
    private static let longestText = 300

    package init(version: String, host: String, process: Int32, threads: Int, build: UInt64 = 0, memory: UInt64 = 0) {
        self.build = build
        self.memory = memory
        self.version = version
        self.host = host
        self.process = process
        self.threads = threads
    }

    package static let fields = FieldList(Self.init, \.version, \.host, \.process, \.threads, \.build, \.memory)
        .check("thread count") { 1...mostThreads ~= $0.threads }
        .check("length of a version or a host's name") { max($0.version.utf8.count, $0.host.utf8.count) <= longestText }
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
    /// Asks for a file of the coordinator's, or hands it one; the number tells the answer.
    case file(number: UInt64, FileRequest)
    /// "How does the run go?", of somebody who need not be a worker, and is none by asking.
    case askStatus
}

extension WorkerMessage {
    /// What it is, and the number that stands for it on the wire.
    package enum Kind: UInt8, CaseIterable, Sendable, ByteCodable {
        case hello = 1
        case beat, finished, failed, partial, fitFailed, goodbye, numbered, askStatus, recomputed, file
    }

    package var kind: Kind {
        switch self {
        case .hello: .hello
        case .beat: .beat
        case .finished: .finished
        case .failed: .failed
        case .partial: .partial
        case .fitFailed: .fitFailed
        case .recomputed: .recomputed
        case .goodbye: .goodbye
        case .numbered: .numbered
        case .askStatus: .askStatus
        case .file: .file
        }
    }

    /// Whether it may be large and so travels on the data socket, where it delays no heartbeat.
    package var isData: Bool {
        switch kind {
        case .finished, .failed, .partial, .fitFailed, .recomputed, .numbered, .file: true
        case .hello, .beat, .goodbye, .askStatus: false
        }
    }

    /// What it takes on the wire, in bytes.
    package var approximateSize: Int {
        switch self {
        case .finished(_, let result): 64 + result.count
        case .partial(let partial): 64 + 4 * partial.shards.count + partial.reply.count
        case .recomputed(_, let partial): partial.map { WorkerMessage.partial($0).approximateSize } ?? 256
        case .numbered(_, let message): 16 + message.approximateSize
        case .file(_, let request): request.approximateSize
        case .hello, .beat, .askStatus, .failed, .fitFailed, .goodbye: 256
        }
    }
}

extension WorkerMessage: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(kind)
        switch self {
        case .goodbye, .askStatus: break
        case .hello(let hello): writer.write(hello)
        case .beat(let progress): writer.write(progress)
        case .finished(let task, let result): writer.write(task, result)
        case .failed(let task, let failure): writer.write(task, failure)
        case .partial(let partial): writer.write(partial)
        case .fitFailed(let fit, let failure): writer.write(fit, failure)
        case .numbered(let number, let message): writer.write(number, message)
        case .file(let number, let request): writer.write(number, request)
        case .recomputed(let number, let partial): writer.write(number, partial)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(Kind.self) {
        case .hello: self = .hello(try reader.read())
        case .beat: self = .beat(progress: try reader.read())
        case .finished: self = .finished(try reader.read(), result: try reader.read())
        case .failed: self = .failed(try reader.read(), try reader.read())
        case .partial: self = .partial(try reader.read())
        case .fitFailed: self = .fitFailed(fit: try reader.read(), try reader.read())
        case .goodbye: self = .goodbye
        case .numbered:
            let number = try reader.read(UInt64.self)
            let message = try WorkerMessage(unnumbered: &reader)
            self = .numbered(number, message)
        case .askStatus: self = .askStatus
        case .file: self = .file(number: try reader.read(), try reader.read())
        case .recomputed: self = .recomputed(number: try reader.read(), try reader.read())
        }
    }

    /// Numbers do not nest, so that no peer can make reading recurse.
    private init(unnumbered reader: inout ByteReader) throws(ByteError) {
        var next = reader
        guard try next.read(UInt8.self) != Kind.numbered.rawValue else {
            throw .badValue("worker message", offset: reader.offset)
        }
        try self.init(from: &reader)
    }
}
