import Bytes
import ClusterProtocol
import ClusterTransport
import Events

/// All stages of runs, so that who has a stage's name finds what it does. The order of a run is `Run.execute`'s.
enum StageRegistry {
    static let tasks: [any TaskStage.Type] = [
        IngestStage.self, LabelStage.self, AssembleStage.self, SketchStage.self, BinStage.self, EvaluateStage.self,
        ScoreStage.self,
        ExplainStage.self, PredictStage.self, ExportFeaturesStage.self, MeasureOutcomesStage.self,
    ]
    static let fits: [any FitStage.Type] = [TrainStage.self, RegressStage.self]

    static func tasks(of stage: Stage) -> (any TaskStage.Type)? { tasks.first { $0.stage == stage } }
    static func fit(of stage: Stage) -> (any FitStage.Type)? { fits.first { $0.stage == stage } }
}

/// A stage whose work is independent tasks, each a function of the store's files and the input files.
///
/// A task may be done twice, by two workers at once even: it leaves the same files and returns the same bytes.
protocol TaskStage: Sendable {
    associatedtype Task: ByteCodable
    associatedtype Result: ByteCodable
    static var stage: Stage { get }

    /// Whether each task is about the shard of its number, and about no other.
    static var areShards: Bool { get }

    /// The worker's side.
    static func perform(_ task: Task, by executor: TaskExecutor) throws(Failure) -> Result

    /// The files that the task of that number leaves for later stages or for the results.
    static func files(ofTask task: Int, _ result: Result, of plan: InputPlan) -> [SharedFile]

    /// The input split that a task reads; nil: it reads none.
    static func split(of task: Task) -> Int?
}

/// A stage whose work is a fit by all workers together.
protocol FitStage: Sendable {
    static var stage: Stage { get }

    /// A worker's part in it, without any shard yet.
    static func begin(_ assignment: ShardAssignment, by executor: TaskExecutor) throws(Failure) -> any WorkerFit
}

extension TaskStage {
    static func files(ofTask task: Int, _ result: Result, of plan: InputPlan) -> [SharedFile] { [] }
    static func split(of task: Task) -> Int? { nil }
    static var areShards: Bool { true }

    /// `perform`, of bytes.
    static func perform(encoded payload: [UInt8], by executor: TaskExecutor) throws(Failure) -> [UInt8] {
        let task: Task
        do throws(ByteError) {
            task = try Task(decoding: payload)
        } catch {
            throw Failure(.machine, "a task's description cannot be read: \(error)")
        }
        return try perform(task, by: executor).encoded
    }

    static func files(ofTask task: Int, encoded result: [UInt8], of plan: InputPlan) -> [SharedFile] {
        (try? Result(decoding: result)).map { files(ofTask: task, $0, of: plan) } ?? []
    }

    static func split(ofEncoded payload: [UInt8]) -> Int? { (try? Task(decoding: payload)).flatMap(split) }
}
