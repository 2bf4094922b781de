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

        package init(
            worker: WorkerID, name: String, hello: Hello, joined: Double, heard: Double, isSuspect: Bool, tasks: Int,
            shards: Int, owed: Int, done: Int
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

extension ClusterStatus: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(seconds)
        writer.write(title)
        writer.write(optional: work) { $1.encode(to: &$0) }
        writer.write(UInt32(clamping: minimumWorkers))
        writer.write(isWaiting)
        writer.write(UInt32(clamping: workers))
        writer.write(each: members) { $1.encode(to: &$0) }
        counters.encode(to: &writer)
        writer.write(each: faults) { writer, fault in
            writer.write(fault.ago)
            writer.write(fault.what)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        seconds = try reader.readTime()
        title = try reader.readText()
        work = try reader.readOptional { reader throws(ByteError) in try Work(from: &reader) }
        minimumWorkers = Int(try reader.read(UInt32.self))
        isWaiting = try reader.readBool()
        workers = Int(try reader.read(UInt32.self))
        members = try reader.readEach { reader throws(ByteError) in try Member(from: &reader) }
        counters = try Counters(from: &reader)
        faults = try reader.readEach { reader throws(ByteError) in
            Fault(ago: try reader.readTime(), what: try reader.readText())
        }
    }
}

extension ClusterStatus.Work: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        stage.encode(to: &writer)
        writer.write(optional: rounds) { $0.write($1) }
        writer.write(UInt32(clamping: finished))
        writer.write(UInt32(clamping: of))
        writer.write(seconds)
        writer.write(rate)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        stage = try Stage(from: &reader)
        rounds = try reader.readOptional { reader throws(ByteError) in try reader.readText() }
        finished = Int(try reader.read(UInt32.self))
        of = Int(try reader.read(UInt32.self))
        seconds = try reader.readTime()
        rate = try reader.readTime()
    }
}

extension ClusterStatus.Member: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(worker.number)
        writer.write(name)
        hello.encode(to: &writer)
        writer.write(joined)
        writer.write(heard)
        writer.write(isSuspect)
        for count in [tasks, shards, owed] { writer.write(UInt32(clamping: count)) }
        writer.write(UInt64(max(0, done)))
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        worker = WorkerID(try reader.read())
        name = try reader.readText()
        hello = try Hello(from: &reader)
        joined = try reader.readTime()
        heard = try reader.readTime()
        isSuspect = try reader.readBool()
        tasks = Int(try reader.read(UInt32.self))
        shards = Int(try reader.read(UInt32.self))
        owed = Int(try reader.read(UInt32.self))
        done = Int(clamping: try reader.read(UInt64.self))
    }
}

extension ByteReader {
    /// A number of seconds, or of something a second: finite and not negative, so that it can be written as any number.
    fileprivate mutating func readTime() throws(ByteError) -> Double {
        let value = try readDouble()
        guard value >= 0, value <= 1e12 else { throw .badValue("time", offset: offset - 8) }
        return value
    }
}
