package import Bytes

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

/// What the coordinator says to workers, and to those who ask how the run goes.
package enum CoordinatorMessage: Sendable {
    case welcome(Welcome)
    /// "I do not know you": sent for messages of an unknown or expelled registration.
    case registerAgain
    case refused(reason: String)
    case perform(TaskID, Stage, payload: [UInt8])
    case assign(ShardAssignment)
    case release(fit: UInt32, shards: [UInt32])
    case order(fit: UInt32, sequence: UInt32, [UInt8])
    case closeFit(UInt32)
    /// Answer once for shards of others, and keep nothing of it: to be compared with what their worker answered.
    case recompute(number: UInt32, ShardAssignment)
    case ping
    /// The run is over; the worker leaves.
    case stop
    /// The numbered message has been taken in.
    case acknowledged(UInt64)
    /// To whoever asked.
    case status(ClusterStatus)
}

extension CoordinatorMessage {
    /// What it is, and the number that stands for it on the wire.
    package enum Kind: UInt8, CaseIterable, Sendable {
        case welcome = 1
        case registerAgain, refused, perform, assign, release, order, closeFit, ping, stop, acknowledged, status,
            recompute

        package var name: String { "\(self)" }
    }

    package var kind: Kind {
        switch self {
        case .welcome: .welcome
        case .registerAgain: .registerAgain
        case .refused: .refused
        case .perform: .perform
        case .assign: .assign
        case .release: .release
        case .order: .order
        case .closeFit: .closeFit
        case .recompute: .recompute
        case .ping: .ping
        case .stop: .stop
        case .acknowledged: .acknowledged
        case .status: .status
        }
    }
}

extension CoordinatorMessage: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        switch self {
        case .registerAgain, .ping, .stop: break
        case .welcome(let welcome): welcome.encode(to: &writer)
        case .refused(let reason): writer.write(reason)
        case .perform(let task, let stage, let payload):
            task.encode(to: &writer)
            stage.encode(to: &writer)
            writer.write(array: payload)
        case .assign(let assignment): assignment.encode(to: &writer)
        case .release(let fit, let shards):
            writer.write(fit)
            writer.write(array: shards)
        case .order(let fit, let sequence, let order):
            writer.write(fit)
            writer.write(sequence)
            writer.write(array: order)
        case .closeFit(let fit): writer.write(fit)
        case .acknowledged(let number): writer.write(number)
        case .status(let status): status.encode(to: &writer)
        case .recompute(let number, let assignment):
            writer.write(number)
            assignment.encode(to: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard let kind = Kind(rawValue: try reader.read()) else {
            throw .badValue("coordinator message", offset: reader.offset - 1)
        }
        switch kind {
        case .welcome: self = .welcome(try Welcome(from: &reader))
        case .registerAgain: self = .registerAgain
        case .refused: self = .refused(reason: try reader.readText())
        case .perform:
            self = .perform(try TaskID(from: &reader), try Stage(from: &reader), payload: try reader.readArray())
        case .assign: self = .assign(try ShardAssignment(from: &reader))
        case .release: self = .release(fit: try reader.read(), shards: try reader.readArray())
        case .order: self = .order(fit: try reader.read(), sequence: try reader.read(), try reader.readArray())
        case .closeFit: self = .closeFit(try reader.read())
        case .ping: self = .ping
        case .stop: self = .stop
        case .acknowledged: self = .acknowledged(try reader.read())
        case .status: self = .status(try ClusterStatus(from: &reader))
        case .recompute: self = .recompute(number: try reader.read(), try ShardAssignment(from: &reader))
        }
    }
}

extension Frame {
    /// Goes up with every change of what is said or of how it is written: peers of another version are turned away. A new kind of
    /// message raises it by itself: there were 23 in version 8.
    package static let protocolVersion = UInt16(
        8 + CoordinatorMessage.Kind.allCases.count + WorkerMessage.Kind.allCases.count - 23)
}
