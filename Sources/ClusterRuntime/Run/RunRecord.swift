import ClusterCore
import ClusterProtocol
public import Customers
import Foundation
import Tables
import ZeroMQ

/// `run.json`: what ran, on what, and what came of it. Holds times and workers, and so differs from run to run.
struct RunRecord: Codable {
    struct Output: Codable {
        var path: String
        var sha256: String
        var bytes: Int
        var rows: Int?

        init(_ file: OutputFile) {
            path = file.path
            sha256 = file.sha256
            bytes = file.bytes
            rows = file.rows
        }
    }

    struct Input: Codable {
        var dataset: String
        var rows: Int
        var kept: Int
        /// Rows that could not be used, by reason.
        var rejected: [Count]
        /// The first and the last moment of the events that are kept; nil where rows have none.
        var earliest: String?
        var latest: String?
    }

    struct Count: Codable {
        var name: String
        var count: Int
    }

    struct WorkerEvent: Codable {
        var seconds: Double
        var worker: UInt64
        var event: String

        /// Who came and went, in that order.
        static func all(_ ledger: Ledger) -> [WorkerEvent] {
            ledger.attendance.flatMap { each in
                var events = [
                    WorkerEvent(
                        seconds: each.joined.seconds, worker: each.worker.number,
                        event: "joined from \(each.hello.host), \(each.hello.threads) threads")
                ]
                if let left = each.left, let loss = each.loss {
                    events.append(
                        WorkerEvent(
                            seconds: left.seconds, worker: each.worker.number,
                            event: loss == .left ? "stopped" : "lost: \(loss)"))
                }
                return events
            }.sorted { ($0.seconds, $0.worker) < ($1.seconds, $1.worker) }
        }
    }

    /// Who took part under this coordinator (one that went on from a journal does not know of those before it), and
    /// what happened to them: see `cluster/README.md`.
    struct Cluster: Codable {
        struct Member: Codable {
            var worker: UInt64
            var name: String?
            var host: String
            var process: Int32
            var threads: Int
            var version: String
            var joined: Double
            var left: Double
            /// finished, stopped, lost, expelled.
            var why: String
            var reason: String?
            var tasks: Int
            var answers: Int
            var mostShards: Int
        }

        struct Fault: Codable {
            var seconds: Double
            var what: String
        }

        var counters: [String: Int]
        var members: [Member]
        /// Workers that were there and are not listed, of very many.
        var unlisted: Int
        var faults: [Fault]

        init(_ ledger: Ledger, at now: Instant) {
            counters = ledger.counters.named
            members = ledger.attendance.map { each in
                Member(
                    worker: each.worker.number, name: each.name, host: each.hello.host, process: each.hello.process,
                    threads: each.hello.threads, version: each.hello.version, joined: each.joined.seconds,
                    left: (each.left ?? now).seconds, why: each.loss?.kind ?? "finished",
                    reason: each.loss?.description, tasks: each.tasks, answers: each.answers,
                    mostShards: each.mostShards)
            }
            unlisted = ledger.forgotten
            faults = ledger.faults.map { Fault(seconds: $0.time.seconds, what: $0.what) }
        }
    }

    struct Settings: Codable {
        var kind: String
        var growth: String
        var bins: Int
        var learningRate: Double
        var trees: Int
        var stopAfter: Int
        var depth: Int
        var l2: Double
        var minimumChildHessian: Double
        var minimumChildCount: Int
        var rowSampling: ModelOptions.RowSampling
        var featureSampling: Double
        var tune: Bool
        var seed: Int
    }

    var version = 1
    var product: String
    var libraries: [String: String]
    var instance: String
    var instanceText: String
    var started: String
    var seconds: Double
    var shards: Int
    var settings: Settings
    var inputs: [Input]
    var events: [Count]
    var duplicatesDropped: Int
    var profiles: Int
    var profilesScored: Int
    var features: Int
    /// What the checks before training found, the gravest first.
    var findings: [Finding]
    var stages: [RunState.StageTiming]
    var workers: [WorkerEvent]
    /// nil where the cluster was asked for nothing: all was in the journal.
    var cluster: Cluster?
    var outputs: [Output]
    /// Set by `RecordSeal`; nil in what versions before it wrote.
    var seal: String? = RecordSeal.blank
}

/// JSON as all of a run's files are written: keys in order, so that equal content is equal bytes.
enum JSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            // Only a number that is not finite can do this, and each is guarded where it is made.
            throw StoreError("write as JSON", "\(type(of: value)): \(error)", EINVAL)
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, file: String) throws(RunError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(try Files.read(file)))
        } catch let error as StoreError {
            throw .input("\(error)")
        } catch {
            throw .input("\(file) is not what propensity wrote: \(error)")
        }
    }
}

extension Readiness {
    /// The report as JSON (`Sources/Customers/Readiness/CHECKS.md`), keys in order.
    public func json() throws(RunError) -> String {
        do throws(StoreError) {
            return String(decoding: try JSON.encode(self).dropLast(), as: UTF8.self)
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension Instant {
    /// Since the coordinator started, to the millisecond.
    fileprivate var seconds: Double {
        let (seconds, attoseconds) = sinceStart.components
        return Double(seconds * 1000 + attoseconds / 1_000_000_000_000_000) / 1000
    }
}
