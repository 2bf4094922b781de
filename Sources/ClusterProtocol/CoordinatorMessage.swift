package import Bytes

/// What a worker must know to take part in a run.
package struct Welcome: Sendable, Equatable, FieldCodable {
    package var worker: WorkerID
    /// The run's number, which the worker's frames bear from now on.
    package var run: UInt64
    /// The instance file's text, name and folder: the worker reads it as the coordinator did.
    package var instanceText: String
    package var instanceFile: String
    package var baseDirectory: String
    /// The folder in which the run works (store and growing results), as the coordinator sees it.
    package var workspace: String
    /// What stands in a file of that folder (`Welcome.proof`): who cannot read it there does not see the folder, and asks the
    /// coordinator for files.
    package var nonce: UInt64
    /// The address of an object store in which the run's store is; empty: it is in the folder.
    package var objects: String
    /// Whether what was made of a shard stays with who has made it, and nowhere else.
    package var keepsShards: Bool

    /// The name of the file with the nonce.
    package static let proof = "nonce"

    package init(
        worker: WorkerID, run: UInt64, instanceText: String, instanceFile: String, baseDirectory: String,
        workspace: String, nonce: UInt64 = 0, objects: String = "", keepsShards: Bool = false
    ) {
        self.nonce = nonce
        self.objects = objects
        self.keepsShards = keepsShards
        self.worker = worker
        self.run = run
        self.instanceText = instanceText
        self.instanceFile = instanceFile
        self.baseDirectory = baseDirectory
        self.workspace = workspace
    }

    package static let fields = FieldList(
        Self.init, \.worker, \.run, \.instanceText, \.instanceFile, \.baseDirectory, \.workspace, \.nonce,
        \.objects, \.keepsShards)
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
    /// The answer to a worker's request of that number.
    case file(number: UInt64, FileReply)
    /// To whoever asked.
    case status(ClusterStatus)
}

extension CoordinatorMessage {
    /// What it is, and the number that stands for it on the wire.
    package enum Kind: UInt8, CaseIterable, Sendable, ByteCodable {
        case welcome = 1
        case registerAgain, refused, perform, assign, release, order, closeFit, ping, stop, acknowledged, status,
            recompute, file

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
        case .file: .file
        case .status: .status
        }
    }
}

extension CoordinatorMessage: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(kind)
        switch self {
        case .registerAgain, .ping, .stop: break
        case .welcome(let welcome): writer.write(welcome)
        case .refused(let reason): writer.write(reason)
        case .perform(let task, let stage, let payload): writer.write(task, stage, payload)
        case .assign(let assignment): writer.write(assignment)
        case .release(let fit, let shards): writer.write(fit, shards)
        case .order(let fit, let sequence, let order): writer.write(fit, sequence, order)
        case .closeFit(let fit): writer.write(fit)
        case .acknowledged(let number): writer.write(number)
        case .file(let number, let reply): writer.write(number, reply)
        case .status(let status): writer.write(status)
        case .recompute(let number, let assignment): writer.write(number, assignment)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(Kind.self) {
        case .welcome: self = .welcome(try reader.read())
        case .registerAgain: self = .registerAgain
        case .refused: self = .refused(reason: try reader.read())
        case .perform: self = .perform(try reader.read(), try reader.read(), payload: try reader.read())
        case .assign: self = .assign(try reader.read())
        case .release: self = .release(fit: try reader.read(), shards: try reader.read())
        case .order: self = .order(fit: try reader.read(), sequence: try reader.read(), try reader.read())
        case .closeFit: self = .closeFit(try reader.read())
        case .ping: self = .ping
        case .stop: self = .stop
        case .acknowledged: self = .acknowledged(try reader.read())
        case .file: self = .file(number: try reader.read(), try reader.read())
        case .status: self = .status(try reader.read())
        case .recompute: self = .recompute(number: try reader.read(), try reader.read())
        }
    }
}

extension Frame {
    /// Goes up with every change of what is said or of how it is written: peers of another version are turned away. A new kind of
    /// message raises it by itself: there were 23 in version 12.
    package static let protocolVersion = UInt16(
        12 + CoordinatorMessage.Kind.allCases.count + WorkerMessage.Kind.allCases.count - 23)
}
