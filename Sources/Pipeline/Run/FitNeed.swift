import ClusterCore
import ClusterProtocol
import ClusterTransport
import Foundation
import Learning

/// What a fit holds in memory, of all workers together.
struct FitNeed {
    var rows: Int
    var features: Int

    /// What is in the way of it; nil where every worker may take its part.
    ///
    /// Workers hold rows by their threads. One that does not say what it may take is believed to have enough.
    ///
    /// - Parameter workers: those that are there.
    func obstacle(for workers: [Hello]) -> String? {
        let threads = workers.reduce(0) { $0 + $1.threads }
        for worker in workers where worker.memory > 0 {
            let own = rows * worker.threads / threads
            let bytes = ShardTrainer.memory(rows: own, features: features) + Self.program
            guard UInt64(bytes) > worker.memory else { continue }
            return "training on \(rows) rows of \(features) features takes about \(Self.size(bytes)) in the worker on "
                + "\(worker.host) (process \(worker.process)), which may take \(Self.size(Int(clamping: worker.memory))): "
                + "give it more memory, start more workers, or learn from fewer rows (model: training_rows)"
        }
        return nil
    }

    /// Seconds for which workers are waited for.
    static let attempts = 5

    /// What a worker takes besides.
    private static let program = 200 << 20

    private static func size(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + (1 << 29)) >> 30
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}

extension RunContext {
    /// Says before it begins that a fit would not fit into the workers' memory. What was done until then is kept.
    ///
    /// Workers that are on their way back are waited for.
    func check(_ need: FitNeed) throws(RunError) {
        for attempt in 0...FitNeed.attempts {
            guard let account = service.account else { return }
            let present = account.history.attendance.filter { $0.left == nil }.map(\.hello)
            guard let obstacle = need.obstacle(for: present) else { return }
            if attempt == FitNeed.attempts { throw .failed(.other(obstacle)) }
            Thread.sleep(forTimeInterval: 1)
        }
    }
}
