import ClusterProtocol
import Foundation

extension ClusterStatus {
    /// For people: a few lines, then a table of workers, counts that are not zero, and faults.
    var text: String {
        var lines = [doing]
        if isWaiting { lines.append("waiting for workers: \(workers) of \(max(1, minimumWorkers)) are there") }
        lines.append("\(workers) workers, after \(Self.time(seconds))")
        if !members.isEmpty {
            lines.append("")
            lines += Self.table(
                [
                    [
                        "worker", "name", "host", "process", "threads", "memory", "shards", "does", "done", "received",
                        "sent",
                        "heard",
                    ]
                ]
                    + members.map { $0.row })
            if workers > members.count { lines.append("... and \(workers - members.count) more") }
        }
        let happened = Counters.Kind.allCases.filter { counters[$0] > 0 }
        if !happened.isEmpty {
            lines.append("")
            lines.append(
                happened.map { "\(counters[$0]) \($0.rawValue.replacing("_", with: " "))" }.joined(separator: ", "))
        }
        if !faults.isEmpty {
            lines.append("")
            lines += faults.map { "\(Self.time($0.ago)) ago: \($0.what)" }
        }
        return lines.joined(separator: "\n")
    }

    private var doing: String {
        guard let work else { return title.isEmpty ? "starting" : "\(title): between two pieces of work" }
        let unit = work.rounds.map { work.of > 0 ? "\($0), at most \(work.of)" : $0 } ?? "of \(work.of)"
        let rate = work.rate > 0 ? String(format: ", %.1f a second", work.rate) : ""
        let left =
            work.rate > 0 && work.rounds == nil
            ? ", \(Self.time(Double(work.of - work.finished) / work.rate)) left" : ""
        return "\(title.isEmpty ? work.stage.rawValue : title): \(work.finished) \(unit), after "
            + "\(Self.time(work.seconds))\(rate)\(left)"
    }

    static func time(_ seconds: Double) -> String {
        switch seconds {
        case ..<99.5: String(format: "%.1f s", seconds)
        case ..<5970: "\(Int(seconds / 60)) min"
        default: String(format: "%.1f h", seconds / 3600)
        }
    }

    fileprivate static func size(_ bytes: UInt64) -> String {
        switch bytes {
        case ..<1_000_000: "\((bytes + 999) / 1000) kB"
        case ..<1_000_000_000: String(format: "%.1f MB", Double(bytes) / 1e6)
        default: String(format: "%.1f GB", Double(bytes) / 1e9)
        }
    }

    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (text, width) in zip(row, widths) {
                line += text + String(repeating: " ", count: width - text.count + 2)
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// For programs: the same, keys in order.
    var json: String {
        var object: [String: Any] = [
            "seconds": seconds, "title": title, "minimum_workers": minimumWorkers, "is_waiting": isWaiting,
            "workers": workers, "counters": counters.named,
            "members": members.map { $0.object },
            "faults": faults.map { ["seconds_ago": $0.ago, "what": $0.what] as [String: Any] },
        ]
        if let work {
            object["work"] =
                [
                    "stage": work.stage.rawValue, "finished": work.finished, "of": work.of, "seconds": work.seconds,
                    "rate": work.rate,
                ] as [String: Any]
        }
        // Texts and finite numbers: all of it is JSON.
        let bytes = try? JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return String(decoding: bytes ?? Data(), as: UTF8.self)
    }
}

extension ClusterStatus.Member {
    fileprivate var row: [String] {
        [
            "\(worker.number)", name.isEmpty ? "-" : name, hello.host, "\(hello.process)", "\(hello.threads)",
            hello.memory > 0 ? ClusterStatus.size(hello.memory) : "-",
            "\(shards)", does, "\(done)", ClusterStatus.size(received), ClusterStatus.size(sent),
            "\(ClusterStatus.time(heard)) ago\(isSuspect ? ", suspect" : "")",
        ]
    }

    private var does: String {
        if tasks > 0 { return tasks == 1 ? "1 task" : "\(tasks) tasks" }
        if owed > 0 { return "trains \(owed) shards" }
        return shards > 0 ? "has answered" : "nothing"
    }

    fileprivate var object: [String: Any] {
        [
            "worker": worker.number, "name": name.isEmpty ? NSNull() : name, "host": hello.host,
            "process": hello.process, "threads": hello.threads, "memory_bytes": hello.memory, "version": hello.version,
            "seconds": joined,
            "heard_seconds_ago": heard, "is_suspect": isSuspect, "tasks": tasks, "shards": shards,
            "shards_owed": owed, "done": done, "received_bytes": received, "sent_bytes": sent,
        ]
    }
}
