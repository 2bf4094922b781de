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
            let result = failure.map(Result.failure) ?? .success(lies ? [] : forged(world.result(stage, payload)))
            return hangs ? nil : (.finished(worker, task, result), end)
        case .adopt(let worker, let adoption):
            if let failure {
                return answer(worker, .failure(Worker.FitFailure(fit: adoption.fit, failure: failure)), .zero, now)
            }
            let partial = try adopt(adoption, world)
            return answer(worker, .success(partial), .milliseconds(50 + 60 * adoption.shards.count), now)
        case .answer(let worker, let number, let sequence, let order):
            guard fit == number, !trainers.isEmpty else { return answer(worker, .success(nil), .zero, now) }
            if let failure {
                return answer(worker, .failure(Worker.FitFailure(fit: number, failure: failure)), .zero, now)
            }
            let partial = try follow(number, sequence, order, world)
            return answer(worker, .success(partial), .milliseconds(10 + 60 * trainers.count), now)
        case .recompute(let worker, let number, let adoption):
            trainingFreeAt = max(now, trainingFreeAt) + .milliseconds(50 + 60 * adoption.shards.count) * slowness
            if hangs { return nil }
            let partial = failure == nil ? try recompute(adoption, world) : nil
            return (.recomputed(worker, number: number, partial.map { forged($0) }), trainingFreeAt)
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
    ) -> (Worker.Event, at: Instant)? {
        trainingFreeAt = max(now, trainingFreeAt) + duration * slowness
        let told = result.map { partial in
            partial.map { partial in
                var partial = forged(partial)
                if lies { partial.reply.rows.append(0) }
                if flips {
                    let bin = Int(partial.sequence) % max(1, partial.reply.histogram.gradients.count)
                    partial.reply.histogram.gradients[bin] ^= 1 << Int64(partial.sequence % 40)
                }
                return partial
            }
        }
        return hangs ? nil : (.answered(worker, told), trainingFreeAt)
    }

    private func forged(_ result: [UInt8]) -> [UInt8] { forges ? result.map { ~$0 } : result }

    /// As if the rows had nothing to tell, from the first level on.
    private func forged(_ partial: Partial) -> Partial {
        guard forges else { return partial }
        var partial = partial
        let histogram = partial.reply.histogram
        partial.reply.histogram = Histogram(layout: histogram.layout, nodes: histogram.nodes)
        return partial
    }

    /// Those that stay are made anew too, as in a worker whose shards share a matrix.
    private mutating func release(_ shards: [UInt32]) {
        trainers = trainers.mapValues { _ in nil }
        for shard in shards { trainers.removeValue(forKey: shard) }
    }

    private mutating func adopt(_ adoption: Adoption, _ world: SimulatedWorld) throws -> Partial {
        if fit != adoption.fit {
            forgetFit()
            fit = adoption.fit
            growth = adoption.specification == [1] ? .depthwise : .symmetric
        }
        var sum: TrainingReply?
        for shard in adoption.shards {
            var trainer = try world.trainer(shard, try world.settings(growth))
            Self.add(try trainer.replay(adoption.history), to: &sum)
            trainers[shard] = trainer
        }
        history = adoption.history
        guard let sum else { throw TrainingError.badOrder("an adoption without shards") }
        return Partial(fit: adoption.fit, sequence: adoption.sequence, shards: adoption.shards, reply: sum)
    }

    private mutating func follow(
        _ fit: UInt32, _ sequence: UInt32, _ order: TrainingOrder, _ world: SimulatedWorld
    ) throws -> Partial? {
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
        return sum.map { Partial(fit: fit, sequence: sequence, shards: shards, reply: $0) }
    }

    /// Answers for shards of others, and keeps nothing.
    private func recompute(_ adoption: Adoption, _ world: SimulatedWorld) throws -> Partial {
        var sum: TrainingReply?
        let growth: Growth = adoption.specification == [1] ? .depthwise : .symmetric
        for shard in adoption.shards {
            var trainer = try world.trainer(shard, try world.settings(growth))
            Self.add(try trainer.replay(adoption.history), to: &sum)
        }
        guard let sum else { throw TrainingError.badOrder("nothing to compute again") }
        return Partial(fit: adoption.fit, sequence: adoption.sequence, shards: adoption.shards, reply: sum)
    }

    private static func add(_ reply: TrainingReply, to sum: inout TrainingReply?) {
        if sum == nil { sum = reply } else { sum?.add(reply) }
    }
}
