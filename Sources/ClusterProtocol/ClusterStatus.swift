package import Bytes

/// What a coordinator answers whoever asks how the run goes. Times are seconds before the answer.
package struct ClusterStatus: Sendable, Equatable {
    /// The worker process of one registration, and what it does.
    package struct Member: Sendable, Equatable {
        package var worker: WorkerID
        /// Of its key; empty without keys.
        package var name: String
        package var hello: Hello
        package var joined: Double
        package var heard: Double
        package var isSuspect: Bool
        /// Tasks that it has been given and has not reported.
        package var tasks: Int
        /// Shards of the model in training that it holds, and how many of them it owes the answer for.
        package var shards: Int
        package var owed: Int
        /// Tasks and answers that it has delivered.
        package var done: Int
        /// Bytes of messages that have come from it and gone to it.
        package var received: UInt64
        package var sent: UInt64

        package init(
            worker: WorkerID, name: String, hello: Hello, joined: Double, heard: Double, isSuspect: Bool, tasks: Int,
            shards: Int, owed: Int, done: Int, received: UInt64 = 0, sent: UInt64 = 0
        ) {
            self.worker = worker
            self.name = name
            self.hello = hello
            self.joined = joined
            self.heard = heard
            self.isSuspect = isSuspect
            self.tasks = tasks
            self.shards = shards
            self.owed = owed
            self.done = done
            self.received = received
            self.sent = sent
        }
    }

    /// What the cluster is at.
    package struct Work: Sendable, Equatable {
        package var stage: Stage
        /// What the rounds of a fit are called, such as "trees"; nil of tasks.
        package var rounds: String?
        /// Tasks or rounds.
        package var finished: Int
        /// All tasks, or the most rounds that there can be; 0 where that is not known.
        package var of: Int
        package var seconds: Double
        /// Finished a second, since the work began.
        package var rate: Double

        package init(
            stage: Stage, rounds: String? = nil, finished: Int, of: Int, seconds: Double, rate: Double
        ) {
            self.stage = stage
            self.rounds = rounds
            self.finished = finished
            self.of = of
            self.seconds = seconds
            self.rate = rate
        }
    }

    /// Something that went wrong.
    package struct Fault: Sendable, Equatable {
        package var ago: Double
        package var what: String

        package init(ago: Double, what: String) {
            self.ago = ago
            self.what = what
        }
    }

    /// Workers named in an answer at most.
    package static let mostMembers = 1000

    /// How long the coordinator has been there.
    package var seconds: Double
    /// What the run does at the moment, in the user's words; empty before it has begun.
    package var title: String
    /// nil where the coordinator computes by itself, or the run has not begun.
    package var work: Work?
    package var minimumWorkers: Int
    /// Whether there are too few workers to go on.
    package var isWaiting: Bool
    package var workers: Int
    /// The first `mostMembers` of them, in the order of their registration.
    package var members: [Member]
    package var counters: Counters
    /// The last ones, the latest last.
    package var faults: [Fault]

    package init(
        seconds: Double, title: String, work: Work?, minimumWorkers: Int, isWaiting: Bool, workers: Int,
        members: [Member], counters: Counters, faults: [Fault]
    ) {
        self.seconds = seconds
        self.title = title
        self.work = work
        self.minimumWorkers = minimumWorkers
        self.isWaiting = isWaiting
        self.workers = workers
        self.members = members
        self.counters = counters
        self.faults = faults
    }
}

extension ClusterStatus: FieldCodable {
    package static let fields = FieldList(
        Self.init, \.seconds, \.title, \.work, \.minimumWorkers, \.isWaiting, \.workers, \.members, \.counters, \.faults
    ).check("time") { isTime($0.seconds) }
}

extension ClusterStatus.Work: FieldCodable {
    package static let fields = FieldList(
        Self.init, \.stage, \.rounds, \.finished, \.of, \.seconds, \.rate
    ).check("time") { isTime($0.seconds) && isTime($0.rate) }
}

extension ClusterStatus.Member: FieldCodable {
    package static let fields = FieldList(
        Self.init, \.worker, \.name, \.hello, \.joined, \.heard, \.isSuspect, \.tasks, \.shards, \.owed, \.done,
        \.received, \.sent
    ).check("time") { isTime($0.joined) && isTime($0.heard) }
        .check("bytes") { $0.received < 1 << 62 && $0.sent < 1 << 62 }
}

extension ClusterStatus.Fault: FieldCodable {
    package static let fields = FieldList(Self.init, \.ago, \.what).check("time") { isTime($0.ago) }
}

/// Whether it is a number of seconds, or of something a second: so small that it can be written as any number.
private func isTime(_ value: Double) -> Bool { 0...1e12 ~= value }
