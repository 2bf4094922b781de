package import Bytes
package import Learning

/// What a worker must know to take part in a run.
package struct Welcome: Sendable, Equatable, ByteCodable {
    package var worker: WorkerID
    /// The run's number, which the worker's frames bear from now on.
    package var run: UInt64
    /// The instance file's text, name and folder: the worker reads it as the coordinator did.
    package var instanceText: String
    package var instanceFile: String
    package var baseDirectory: String
    /// The folder in which the run works (store and growing results), which the worker must see under the same path.
    package var workspace: String

    package init(
        worker: WorkerID, run: UInt64, instanceText: String, instanceFile: String, baseDirectory: String,
        workspace: String
    ) {
        self.worker = worker
        self.run = run
        self.instanceText = instanceText
        self.instanceFile = instanceFile
        self.baseDirectory = baseDirectory
        self.workspace = workspace
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(worker.number)
        writer.write(run)
        for text in [instanceText, instanceFile, baseDirectory, workspace] { writer.write(text) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        worker = WorkerID(try reader.read())
        run = try reader.read()
        instanceText = try reader.readText()
        instanceFile = try reader.readText()
        baseDirectory = try reader.readText()
        workspace = try reader.readText()
    }
}

/// Shards given to a worker in the middle of a fit, with all it needs to answer for them at once.
package struct Adoption: Sendable, ByteCodable {
    package var fit: UInt32
    /// What is fitted, as `FitSpecification` bytes of the runtime.
    package var specification: [UInt8]
    package var shards: [UInt32]
    /// The order that the last entry of `history` is, and that the worker answers for these shards.
    package var sequence: UInt32
    package var history: TrainingHistory

    package init(fit: UInt32, specification: [UInt8], shards: [UInt32], sequence: UInt32, history: TrainingHistory) {
        self.fit = fit
        self.specification = specification
        self.shards = shards
        self.sequence = sequence
        self.history = history
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(fit)
        writer.write(array: specification)
        writer.write(array: shards)
        writer.write(sequence)
        history.encode(to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        fit = try reader.read()
        specification = try reader.readArray()
        shards = try reader.readArray()
        sequence = try reader.read()
        history = try TrainingHistory(from: &reader)
    }
}

/// What the coordinator says to workers, and to those who ask how the run goes.
package enum CoordinatorMessage: Sendable {
    case welcome(Welcome)
    /// "I do not know you": sent for messages of an unknown or expelled registration.
    case registerAgain
    case refused(reason: String)
    case perform(TaskID, Stage, payload: [UInt8])
    case adopt(Adoption)
    case release(fit: UInt32, shards: [UInt32])
    case order(fit: UInt32, sequence: UInt32, TrainingOrder)
    case closeFit(UInt32)
    /// Answer once for shards of others, and keep nothing of it: to be compared with what their worker answered.
    case recompute(number: UInt32, Adoption)
    case ping
    /// The run is over; the worker leaves.
    case stop
    /// The numbered message has been taken in.
    case acknowledged(UInt64)
    /// To whoever asked.
    case status(ClusterStatus)
}

extension CoordinatorMessage {
    /// The name of its kind.
    package var kind: String {
        switch self {
        case .welcome: "welcome"
        case .registerAgain: "registerAgain"
        case .refused: "refused"
        case .perform: "perform"
        case .adopt: "adopt"
        case .release: "release"
        case .order: "order"
        case .closeFit: "closeFit"
        case .recompute: "recompute"
        case .ping: "ping"
        case .stop: "stop"
        case .acknowledged: "acknowledged"
        case .status: "status"
        }
    }
}

extension CoordinatorMessage: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .welcome(let welcome):
            writer.write(UInt8(1))
            welcome.encode(to: &writer)
        case .registerAgain:
            writer.write(UInt8(2))
        case .refused(let reason):
            writer.write(UInt8(3))
            writer.write(reason)
        case .perform(let task, let stage, let payload):
            writer.write(UInt8(4))
            task.encode(to: &writer)
            stage.encode(to: &writer)
            writer.write(array: payload)
        case .adopt(let adoption):
            writer.write(UInt8(5))
            adoption.encode(to: &writer)
        case .release(let fit, let shards):
            writer.write(UInt8(6))
            writer.write(fit)
            writer.write(array: shards)
        case .order(let fit, let sequence, let order):
            writer.write(UInt8(7))
            writer.write(fit)
            writer.write(sequence)
            order.encode(to: &writer)
        case .closeFit(let fit):
            writer.write(UInt8(8))
            writer.write(fit)
        case .ping:
            writer.write(UInt8(9))
        case .stop:
            writer.write(UInt8(10))
        case .acknowledged(let number):
            writer.write(UInt8(11))
            writer.write(number)
        case .status(let status):
            writer.write(UInt8(12))
            status.encode(to: &writer)
        case .recompute(let number, let adoption):
            writer.write(UInt8(13))
            writer.write(number)
            adoption.encode(to: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .welcome(try Welcome(from: &reader))
        case 2: self = .registerAgain
        case 3: self = .refused(reason: try reader.readText())
        case 4: self = .perform(try TaskID(from: &reader), try Stage(from: &reader), payload: try reader.readArray())
        case 5: self = .adopt(try Adoption(from: &reader))
        case 6: self = .release(fit: try reader.read(), shards: try reader.readArray())
        case 7: self = .order(fit: try reader.read(), sequence: try reader.read(), try TrainingOrder(from: &reader))
        case 8: self = .closeFit(try reader.read())
        case 9: self = .ping
        case 10: self = .stop
        case 11: self = .acknowledged(try reader.read())
        case 12: self = .status(try ClusterStatus(from: &reader))
        case 13: self = .recompute(number: try reader.read(), try Adoption(from: &reader))
        default: throw .badValue("coordinator message", offset: reader.offset - 1)
        }
    }
}
