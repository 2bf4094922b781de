import Bytes
import ClusterCore
import ClusterProtocol
import Learning

/// A worker process: the real state machine, and threads whose work takes virtual time and gives real results.
struct SimulatedWorker {
    let slot: Int
    var core: Worker
    let threads: Int
    /// How many times longer than others it takes.
    var slowness = 1
    /// Stopped until then.
    var stoppedUntil: Instant?
    /// What has come meanwhile.
    var backlog: [Worker.Event] = []
    /// What is begun from now on never ends.
    var hangs = false
    /// What is begun from now on fails so.
    var failure: Failure? { didSet { hasFailed = hasFailed || failure != nil } }
    private(set) var hasFailed = false
    /// What is begun from now on gives something else than what was asked for.
    var lies = false
    /// Bits of its answers in training change from now on.
    var flips = false
    /// What is begun from now on is wrong in a way that nothing contradicts.
    var forges = false
    /// What is on the disk that only it sees; nil: it sees the run's folder.
    var scratch: Set<SimulatedFile>?
    /// What its tasks leave once they are finished.
    var made: [TaskID: SimulatedFile] = [:]
    /// Those that it holds for training.
    var shards: [UInt32] { trainers.keys.sorted() }
    /// Names of its connections; new after each reset. nil: not connected.
    var control: Int?
    var data: Int?
    /// What its frames bear: the coordinator's run, 0 before it is known.
    var run: UInt64 = 0
    private var freeAt: [Instant]
    private var trainingFreeAt = Instant(.zero)
    private var fit: UInt32?
    private var growth = Growth.symmetric
    /// nil of a shard that lost its place when others were taken away: it is made anew, by replay, at the next order.
    private var trainers: [UInt32: ShardTrainer?] = [:]
    private var history = TrainingHistory()

    init(slot: Int, threads: Int, process: Int) {
        self.slot = slot
        self.threads = threads
        core = Worker(
            hello: Hello(version: "simulated", host: "slot \(slot)", process: Int32(process), threads: threads))
        freeAt = Array(repeating: Instant(.zero), count: threads)
    }

    /// Carries out an effect of its core that is work; what comes of it, and when (nil: nothing, or never).
    mutating func work(
        _ effect: Worker.Effect, _ world: SimulatedWorld, at now: Instant, _ random: inout SimulatedRandom
    ) throws -> (Worker.Event, at: Instant)? {
        switch effect {
        case .perform(let worker, let task, let stage, let payload):
            let thread = freeAt.indices.min { freeAt[$0] < freeAt[$1] } ?? 0
            let end = max(now, freeAt[thread]) + random.duration(100...900) * slowness
            freeAt[thread] = end
            if failure == nil { made[task] = world.output(stage, payload) }
            let result = failure.map(Result.failure) ?? .success(lies ? [] : forged(world.result(stage, payload)))
            return hangs ? nil : (.finished(worker, task, result), end)
        case .assign(let worker, let assignment):
            if let failure {
                return try answer(
                    worker, .failure(Worker.FitFailure(fit: assignment.fit, failure: failure)), .zero, now)
            }
            let partial = try assign(assignment, world)
            return try answer(worker, .success(partial), .milliseconds(50 + 60 * assignment.shards.count), now)
        case .answer(let worker, let number, let sequence, let order):
            guard fit == number, !trainers.isEmpty else { return try answer(worker, .success(nil), .zero, now) }
            if let failure {
                return try answer(worker, .failure(Worker.FitFailure(fit: number, failure: failure)), .zero, now)
            }
            let partial = try follow(number, sequence, order, world)
            return try answer(worker, .success(partial), .milliseconds(10 + 60 * trainers.count), now)
        case .recompute(let worker, let number, let assignment):
            trainingFreeAt = max(now, trainingFreeAt) + .milliseconds(50 + 60 * assignment.shards.count) * slowness
            if hangs { return nil }
            let partial = failure == nil ? try recompute(assignment, world) : nil
            return (.recomputed(worker, number: number, try partial.map { try forged($0) }), trainingFreeAt)
        case .release(let number, let shards):
            if fit == number { release(shards) }
        case .closeFit(let number):
            if fit == number { forgetFit() }
        case .configure(let welcome): run = welcome.run
        case .reset:
            run = 0
            forgetFit()
        case .send, .leave, .report: break
        }
        return nil
    }

    private mutating func forgetFit() {
        fit = nil
        trainers = [:]
    }

    private mutating func answer(
        _ worker: WorkerID, _ result: Result<Partial?, Worker.FitFailure>, _ duration: Duration, _ now: Instant
    ) throws -> (Worker.Event, at: Instant)? {
        trainingFreeAt = max(now, trainingFreeAt) + duration * slowness
        var told = result
        if case .success(let partial?) = result { told = .success(try spoiled(try forged(partial))) }
        return hangs ? nil : (.answered(worker, told), trainingFreeAt)
    }

    private func forged(_ result: [UInt8]) -> [UInt8] { forges ? result.map { ~$0 } : result }

    /// As if the rows had nothing to tell, from the first level on.
    private func forged(_ partial: Partial) throws -> Partial {
        guard forges else { return partial }
        return try Self.changed(partial) {
            $0.histogram = Histogram(layout: $0.histogram.layout, nodes: $0.histogram.nodes)
        }
    }

    /// As a liar, or a machine whose bits flip, sends it.
    private func spoiled(_ partial: Partial) throws -> Partial {
        guard lies || flips else { return partial }
        return try Self.changed(partial) { reply in
            if lies { reply.rows.append(0) }
            if flips {
                let bin = Int(partial.sequence) % max(1, reply.histogram.gradients.count)
                reply.histogram.gradients[bin] ^= 1 << Int64(partial.sequence % 40)
            }
        }
    }

    private static func changed(_ partial: Partial, by change: (inout TrainingReply) -> Void) throws -> Partial {
        var reply = try TrainingReply(decoding: partial.reply)
        change(&reply)
        var partial = partial
        partial.reply = reply.encoded
        return partial
    }

    /// Those that stay are made anew too, as in a worker whose shards share a matrix.
    private mutating func release(_ shards: [UInt32]) {
        trainers = trainers.mapValues { _ in nil }
        for shard in shards { trainers.removeValue(forKey: shard) }
    }

    private mutating func assign(_ assignment: ShardAssignment, _ world: SimulatedWorld) throws -> Partial {
        history = try TrainingHistory(decoding: assignment.history)
        if fit != assignment.fit {
            forgetFit()
            fit = assignment.fit
            growth = assignment.specification == [1] ? .depthwise : .symmetric
        }
        var sum: TrainingReply?
        for shard in assignment.shards {
            var trainer = try world.trainer(shard, try world.settings(growth))
            Self.add(try trainer.replay(history), to: &sum)
            trainers[shard] = trainer
        }
        guard let sum else { throw TrainingError.badOrder("an assignment without shards") }
        return Partial(
            fit: assignment.fit, sequence: assignment.sequence, shards: assignment.shards, reply: sum.encoded)
    }

    private mutating func follow(
        _ fit: UInt32, _ sequence: UInt32, _ order: [UInt8], _ world: SimulatedWorld
    ) throws -> Partial? {
        let order = try TrainingOrder(decoding: order)
        history.append(order)
        var sum: TrainingReply?
        let shards = trainers.keys.sorted()
        for shard in shards {
            if var trainer = trainers[shard] ?? nil {
                Self.add(try trainer.perform(order), to: &sum)
                trainers[shard] = trainer
            } else {
                var trainer = try world.trainer(shard, try world.settings(growth))
                Self.add(try trainer.replay(history), to: &sum)
                trainers[shard] = trainer
            }
        }
        return sum.map { Partial(fit: fit, sequence: sequence, shards: shards, reply: $0.encoded) }
    }

    /// Answers for shards of others, and keeps nothing.
    private func recompute(_ assignment: ShardAssignment, _ world: SimulatedWorld) throws -> Partial {
        var sum: TrainingReply?
        let history = try TrainingHistory(decoding: assignment.history)
        let growth: Growth = assignment.specification == [1] ? .depthwise : .symmetric
        for shard in assignment.shards {
            var trainer = try world.trainer(shard, try world.settings(growth))
            Self.add(try trainer.replay(history), to: &sum)
        }
        guard let sum else { throw TrainingError.badOrder("nothing to compute again") }
        return Partial(
            fit: assignment.fit, sequence: assignment.sequence, shards: assignment.shards, reply: sum.encoded)
    }

    private static func add(_ reply: TrainingReply, to sum: inout TrainingReply?) {
        if sum == nil { sum = reply } else { sum?.add(reply) }
    }
}
