import Bytes
import ClusterCore
import ClusterProtocol
import Learning

@testable import Pipeline

/// Good inputs, one of each kind, that bad ones are made of.
enum Seeds {
    static let blockSize = 60_000
    static let packedBlock = BlockCodec().packed((0..<blockSize).map { UInt8(truncatingIfNeeded: $0 / 3) }) ?? []
    static let tree: Tree = {
        do {
            return try Tree(
                splits: [Split(feature: 1, threshold: 2, missingLeft: true)], leaves: [-0.5, 0.25], leafCovers: [3, 4])
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static let settings: TrainingSettings = {
        do {
            return try TrainingSettings()
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static let task = TaskID(work: 1, index: 3)

    static let workerMessages: [WorkerMessage] = [
        .hello(Hello(version: "1.0", host: "host", process: 7, threads: 2, build: 9)), .beat(progress: 9),
        .finished(task, result: [1, 2, 3]), .failed(task, Failure(.input, "no such file")),
        .failed(task, Failure(.otherInput, "another")),
        .fitFailed(fit: 1, Failure(.machine, "disk full")), .goodbye, .numbered(4, .finished(task, result: [5])),
        .askStatus, .recomputed(number: 3, nil),
        .file(number: 1, .read(name: "store/plan", offset: 9, count: 100)),
        .file(number: 2, .write(upload: 7, name: "store/events/00001", offset: 0, bytes: [1, 2])),
        .file(number: 3, .finish(upload: 7, name: "store/events/00001", size: 2, hash: 5)),
        .recomputed(
            number: 4,
            Partial(
                fit: 1, sequence: 2, shards: [0, 3],
                reply: TrainingReply(histogram: histogram, rows: [4], validation: LossSums(rows: 1, loss: 5)).encoded)),
    ]

    private static let histogram: Histogram = {
        do {
            return Histogram(layout: try HistogramLayout(binCounts: [3, 2]), nodes: 1)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static let assignment = ShardAssignment(
        fit: 1, stage: .train, specification: [1, 2], shards: [0, 1], sequence: 3,
        history: TrainingHistory(
            trees: [tree],
            orders: [.begin(tree: 1, adding: tree), .split(tree: 1, level: 1, splits: [nil], counted: [0])]
        ).encoded)

    static let coordinatorMessages: [CoordinatorMessage] = [
        .welcome(
            Welcome(
                worker: WorkerID(1), run: 2, instanceText: "version: 1\n", instanceFile: "shop.yaml",
                baseDirectory: "/data",
                workspace: "/data/results.run")),
        .registerAgain, .refused(reason: "another version"), .perform(task, .ingest, payload: [0, 0, 0, 1]),
        .assign(assignment), .recompute(number: 5, assignment),
        .release(fit: 1, shards: [1]), .order(fit: 1, sequence: 2, TrainingOrder.begin(tree: 0, adding: nil).encoded),
        .closeFit(1), .ping,
        .stop,
        .acknowledged(7), .file(number: 1, .bytes([1, 2, 3], size: 9)), .file(number: 2, .written),
        .file(number: 3, .failed(Failure(.machine, "disk full"))),
        .status(
            ClusterStatus(
                seconds: 9, title: "Scoring",
                work: ClusterStatus.Work(stage: .score, finished: 5, of: 6, seconds: 1.5, rate: 3.5), minimumWorkers: 2,
                isWaiting: false, workers: 1,
                members: [
                    ClusterStatus.Member(
                        worker: WorkerID(1), name: "lab",
                        hello: Hello(version: "1.0", host: "host", process: 7, threads: 2), joined: 2, heard: 0.5,
                        isSuspect: false, tasks: 1, shards: 2, owed: 1, done: 4, received: 5_000_000_000, sent: 6)
                ], counters: Counters(), faults: [ClusterStatus.Fault(ago: 8, what: "worker 2 was lost")])),
    ]

    static let frames: [[UInt8]] = coordinatorMessages.flatMap { message in
        Frame.split(message.encoded, run: 2, sender: 1, message: 5).map { $0.header + $0.payload }
    }

    static let records: [JournalRecord] = [
        .run([1, 2, 3]), .step(.ingest, digest: 7, parts: 2), .result(part: 1, [9]), .step(.train, digest: 8, parts: 0),
        .checkpoint([5, 6]), .outcome([4]),
    ]

    static let journal: [UInt8] = records.reduce(into: []) { $0 += JournalFormat.encode($1, at: $0.count) }

    static let model = Model(
        features: [
            ModelFeature(code: "recency", name: "Days since last Purchase", bins: .numeric(edges: [1, 2, 3])),
            ModelFeature(code: "count", name: "Count of Purchase", bins: .numeric(edges: [1, 5, 9])),
        ], ensemble: Ensemble(base: 0.5, trees: [tree]), calibration: .identity, settings: settings)

    /// Without the 28 bytes before it.
    static let modelContent = Array(model.encoded.dropFirst(28))

    static let instances = [
        """
        version: 1
        name: Buys again
        propensity: conversion
        events:
          - path: shop.parquet
            identity: CustomerID
            timestamp: { column: at, zone: Europe/London }
            type:
              - { name: Cancellation, when: { field: InvoiceNo, starts_with: C } }
              - { name: Purchase }
            numbers: [Quantity, { name: Revenue, product: [Quantity, UnitPrice] }]
        goal: { will: occur, any_of: [{ event: Purchase }, { field: Revenue, between: [1, 1e3] }], within: 90d }
        eligible: { any_of: [{ event: Purchase }], in_last: 365d }
        custom_events: [{ name: Big, all_of: [{ event: Purchase }, { none_of: [{ field: Revenue, lt: 100 }] }] }]
        exclude: { field: InvoiceNo, matches: '^A[0-9]+' }
        as_of: 2011-09-01
        model: { kind: trees, growth: auto, bins: 64, learning_rate: 0.1, trees: 1000, stop_after: 50, seed: 1 }
        segments: [{ name: Ready, all_of: [{ field: score, gte: 75 }, { factor: Recency, direction: raises }] }]
        output: results
        """,
        """
        version: 1
        name: Leaves
        propensity: churn
        features: { path: table.csv, identity: id, label: { field: left, equals: 1 }, drop: [duration] }
        """,
    ]
}
