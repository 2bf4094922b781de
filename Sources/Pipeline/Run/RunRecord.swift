import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import InstanceFile
package import Readiness
import RunOutputs
import Tables

extension RunFile.Output {
    init(_ file: OutputFile) {
        self.init(path: file.path, sha256: file.sha256, bytes: file.bytes, rows: file.rows)
    }
}

extension RunFile.Finding {
    init(_ finding: Finding) {
        self.init(
            code: finding.code.rawValue, severity: finding.severity.rawValue, subject: finding.subject,
            what: finding.what, means: finding.means, change: finding.change)
    }
}

extension RunFile.WorkerEvent {
    /// Who joined and left, in that order.
    static func all(_ history: ClusterHistory) -> [RunFile.WorkerEvent] {
        history.attendance.flatMap { each in
            var events = [
                RunFile.WorkerEvent(
                    seconds: each.joined.seconds, worker: each.worker.number,
                    event: "joined from \(each.hello.host), \(each.hello.threads) threads")
            ]
            if let left = each.left, let exit = each.exit {
                events.append(
                    RunFile.WorkerEvent(
                        seconds: left.seconds, worker: each.worker.number,
                        event: exit == .left ? "stopped" : "lost: \(exit)"))
            }
            return events
        }.sorted { ($0.seconds, $0.worker) < ($1.seconds, $1.worker) }
    }
}

extension RunFile.Cluster {
    init(_ history: ClusterHistory, _ traffic: Traffic, at now: Instant) {
        self.init(
            counters: history.counters.named,
            members: history.attendance.map { each in
                Member(
                    worker: each.worker.number, name: each.name, host: each.hello.host, process: each.hello.process,
                    threads: each.hello.threads, version: each.hello.version, joined: each.joined.seconds,
                    left: (each.left ?? now).seconds, why: each.exit?.kind ?? "finished",
                    reason: each.exit?.description, tasks: each.tasks, answers: each.answers,
                    mostShards: each.mostShards, bytes: traffic[each.worker].received,
                    bytesSent: traffic[each.worker].sent)
            },
            unlisted: history.forgotten,
            faults: history.faults.map { Fault(seconds: $0.time.seconds, what: $0.what) })
    }
}

extension RunJSON {
    static func encoded(_ value: some Encodable) throws(StoreError) -> [UInt8] {
        do {
            return try encode(value)
        } catch {
            // Only a number that is not finite can do this, and each is guarded where it is made.
            throw StoreError("write as JSON", "\(type(of: value)): \(error)", EINVAL)
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, file: String) throws(RunError) -> Value {
        do {
            return try decode(type, from: try Files.read(file))
        } catch let error as StoreError {
            throw .input("\(error)")
        } catch {
            throw .input("\(file) is not what propensity wrote: \(error)")
        }
    }
}

extension Readiness {
    /// The report as JSON (`Documentation.docc/Checks.md`), keys in order.
    package func json() throws(RunError) -> String {
        do throws(StoreError) {
            return String(decoding: try RunJSON.encoded(self).dropLast(), as: UTF8.self)
        } catch {
            throw .failed(RunFailure(error))
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
