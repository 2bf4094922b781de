import Features
import InstanceFile

extension Readiness {
    /// The report as a person reads it: the verdict, the counts, then the findings, the gravest first.
    package func text(width: Int = 100) -> String {
        var page = Page(width: max(60, width))
        page.line("\(name): \(verdict.sentence)")
        addData(&page)
        addTraining(&page)
        addColumns(&page)
        for severity in Finding.Severity.allCases { add(findings(severity), severity, &page) }
        return page.text
    }

    private func addData(_ page: inout Page) {
        guard !datasets.isEmpty else { return }
        page.heading("Data")
        for dataset in datasets {
            var text = "\(Wording.count(dataset.rows)) rows, \(Wording.percent(dataset.used, of: dataset.rows)) used"
            if let earliest = dataset.earliest, let latest = dataset.latest { text += ", \(earliest) to \(latest)" }
            page.row(dataset.title ?? dataset.name, text)
            for reject in dataset.rejected {
                page.row(
                    "",
                    "\(Wording.count(reject.count)) \(reject.name) (\(Wording.percent(reject.count, of: dataset.rows)))"
                )
            }
            if let profiles = dataset.profiles, let shared = dataset.shared {
                page.row(
                    "",
                    "\(Wording.count(profiles)) profiles, \(Wording.percent(shared, of: profiles)) of them also in other events"
                )
            }
        }
        if let dropped = duplicatesDropped, dropped > 0 {
            page.row(
                "Exact duplicates", "\(Wording.count(dropped)) rows, which count in what follows and are dropped then")
        }
        for event in events.prefix(12) { page.row("  \(event.name)", "\(Wording.count(event.count)) events") }
        if events.count > 12 { page.row("", "and \(events.count - 12) more event types and custom events") }
    }

    private static func labels(of snapshot: Snapshot) -> String {
        if let least = snapshot.least, let largest = snapshot.largest {
            return "with numbers from \(least) to \(largest)"
        }
        return "\(Wording.count(snapshot.withOutcome)) with the outcome "
            + "(\(Wording.percent(snapshot.withOutcome, of: snapshot.profiles)))"
    }

    private func addTraining(_ page: inout Page) {
        guard let toBeScored else { return }
        page.heading("Training")
        page.row(
            "To be scored", "\(Wording.count(toBeScored)) profiles" + (scoreDate.map { " as of \($0)" } ?? ""))
        if let eligible { page.row("", "profiles \(eligible)") }
        for snapshot in snapshots {
            page.row(
                snapshot.date.map { "As of \($0.prefix { $0 != "T" })" } ?? "Labelled",
                "\(Wording.count(snapshot.profiles)) profiles, \(Self.labels(of: snapshot))")
        }
        if let features { page.row("Features", Wording.count(features)) }
    }

    /// Those that are not complete; the full ones in a line.
    private func addColumns(_ page: inout Page) {
        guard !columns.isEmpty else { return }
        page.heading("Columns: rows with a value")
        let partial = columns.filter { $0.values < $0.rows }
        for column in partial.prefix(40) {
            page.row(
                "\(column.column)",
                "\(Wording.percent(column.values, of: column.rows)) of \(Wording.count(column.rows)), \(column.role.rawValue) "
                    + "of \(titles(of: column))")
        }
        if partial.count > 40 {
            page.row("", "and \(partial.count - 40) more that are not complete (--json lists all)")
        }
        let full = columns.count - partial.count
        if full > 0 { page.row(partial.isEmpty ? "All \(full)" : "The other \(full)", "100 %") }
    }

    private func titles(of column: Column) -> String {
        column.dataset.split(separator: ", ").map { name in
            datasets.first { $0.name == name }?.title ?? String(name)
        }.joined(separator: ", ")
    }

    private func add(_ findings: [Finding], _ severity: Finding.Severity, _ page: inout Page) {
        guard !findings.isEmpty else { return }
        page.heading(severity.heading(findings.count))
        for finding in findings {
            page.paragraph(finding.what.capitalizedFirst, bullet: severity.bullet)
            if let means = finding.means { page.paragraph("Means: \(means).", bullet: "") }
            if let change = finding.change { page.paragraph("Change: \(change).", bullet: "") }
        }
    }
}

extension Verdict {
    fileprivate var sentence: String {
        switch self {
        case .ready: "ready to train"
        case .risky: "risky; it can be trained, but see the warnings"
        case .cannotTrain: "cannot train"
        }
    }
}

extension Finding.Severity {
    fileprivate var bullet: String {
        switch self {
        case .stop: "x "
        case .warning: "! "
        case .note: "- "
        }
    }

    fileprivate func heading(_ count: Int) -> String {
        switch self {
        case .stop: "In the way (\(count))"
        case .warning: count == 1 ? "Warning" : "Warnings (\(count))"
        case .note: count == 1 ? "Note" : "Notes (\(count))"
        }
    }
}

/// Lines of text of a limited width, with labels in a column of their own.
private struct Page {
    let width: Int
    private(set) var text = ""
    private let labelWidth = 24

    init(width: Int) { self.width = width }

    mutating func line(_ line: String) { text += text.isEmpty ? line : "\n\(line)" }

    mutating func heading(_ title: String) {
        line("")
        line(title)
    }

    mutating func row(_ label: String, _ value: String) {
        let gap = String(repeating: " ", count: max(1, labelWidth - label.count))
        line("  \(label)\(gap)\(value)")
    }

    /// Broken between words; lines after the first stand below the first's text.
    mutating func paragraph(_ paragraph: String, bullet: String) {
        let indent = "    "
        var current = bullet.isEmpty ? indent : "  \(bullet)"
        var isEmpty = true
        for word in paragraph.split(separator: " ") {
            if !isEmpty, current.count + 1 + word.count > width {
                line(current)
                current = indent
                isEmpty = true
            }
            current += isEmpty ? "\(word)" : " \(word)"
            isEmpty = false
        }
        line(current)
    }
}

extension String {
    /// Only words of the language get a capital, not names of columns and keys such as `events[0]`.
    fileprivate var capitalizedFirst: String {
        let word = prefix { $0 != " " }
        guard !word.isEmpty, word.allSatisfy({ $0.isLowercase && $0.isASCII }) else { return self }
        return word.prefix(1).uppercased() + dropFirst()
    }
}
