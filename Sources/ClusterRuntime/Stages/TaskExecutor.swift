import Bytes
import ClusterProtocol
import Customers
import Foundation
import Learning
import Tables

/// Does the tasks of every stage but training, each a function of the store's files and the input files.
///
/// A task may be done twice, by two workers at once even: it leaves the same files and returns the same bytes.
struct TaskExecutor: Sendable {
    let instance: Instance
    let workspace: Workspace
    let chosen = ChosenModel()
    let regressionRows = KeptRegressionRows()
    var store: ShardStore { workspace.store }

    /// A worker's: the instance is read as the coordinator read it.
    init(_ welcome: Welcome) throws(Failure) {
        do throws(InstanceError) {
            instance = try Instance.parse(
                text: welcome.instanceText, file: welcome.instanceFile, baseDirectory: welcome.baseDirectory,
                checkingFiles: false)
        } catch {
            throw Failure(.input, "\(error)")
        }
        guard let workspace = Workspace(told: welcome.workspace) else {
            throw Failure(.machine, "the coordinator named \"\(welcome.workspace)\", which is no folder to work in")
        }
        self.workspace = workspace
    }

    func perform(_ stage: Stage, _ payload: [UInt8]) throws(Failure) -> [UInt8] {
        switch stage {
        case .gather: try gather(try decode(payload)).encoded
        case .assemble: try assemble(try decode(payload)).encoded
        case .sketch: try sketch(try decode(payload)).encoded
        case .bin: try bin(try decode(payload)).encoded
        case .regress: try regress(try decode(payload)).encoded
        case .evaluate: try evaluate(try decode(payload)).encoded
        case .score: try score(try decode(payload)).encoded
        case .segment: try segment(try decode(payload)).encoded
        case .collect: try collect(try decode(payload)).encoded
        case .export: try export(try decode(payload)).encoded
        case .measure: try measure(try decode(payload)).encoded
        case .train: throw Failure(.machine, "training is a conversation, not a task")
        }
    }

    private func decode<Value: ByteCodable>(_ payload: [UInt8]) throws(Failure) -> Value {
        do throws(ByteError) {
            return try Value(decoding: payload)
        } catch {
            throw Failure(.machine, "a task's description cannot be read: \(error)")
        }
    }

    /// Store errors as the failure of this machine, which another one may not share.
    func stored<Value>(_ body: () throws(StoreError) -> Value) throws(Failure) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}

extension Failure {
    /// Of an input file. One that is not there, or cannot be opened, was there for the coordinator: it is this machine that
    /// does not see it.
    init(reading error: any Error) {
        let isHere =
            switch error {
            case TableError.missing, TableError.noBytes: false
            case TableError.unreadable(let path, _): access(path, R_OK) == 0
            default: true
            }
        self.init(isHere ? .input : .machine, "\(error)")
    }
}

/// A task about one shard and nothing else.
struct ShardTask: ByteCodable {
    var shard: Int

    init(shard: Int) { self.shard = shard }

    func encode(to writer: inout ByteWriter) { writer.write(UInt32(shard)) }
    init(from reader: inout ByteReader) throws(ByteError) { shard = Int(try reader.read(UInt32.self)) }
}
