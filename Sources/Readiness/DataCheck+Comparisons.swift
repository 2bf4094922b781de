import Events
import InstanceFile
import Tables

extension DataCheck {
    /// Past one in so many values that cannot be compared, a condition on which labels hang is not believed.
    private static let mostOfLabels = 100

    /// Conditions that ask for values above or below a number or a date, of fields that hold something else.
    var comparisonFindings: [Finding] {
        zip(OrderingTest.all(of: instance), ingested.comparisons).compactMap { comparison, counts in
            guard counts.unreadable > 0 else { return nil }
            let areLabels = comparison.role == "goal" || comparison.role == "features.label"
            let isMany = Self.mostOfLabels * counts.unreadable > counts.present
            let isDate = comparison.test.operands.contains { if case .date = $0 { true } else { false } }
            return Finding(
                .unreadableCondition, areLabels && isMany ? .stop : areLabels || isMany ? .warning : .note,
                comparison.role,
                "\(comparison.role): \(Wording.count(counts.unreadable)) of \(Wording.count(counts.present)) values of "
                    + "\"\(comparison.path)\" are no \(isDate ? "dates" : "numbers") to compare"
                    + counts.examples.suchAs,
                means: instance.predictsNumber && areLabels
                    ? "their rows are scored, and not learned from"
                    : "they do not meet the condition, whatever they were meant to be"
                        + (areLabels ? ", so that outcomes are lost" : ""),
                change: isDate
                    ? "write them as 2011-09-01"
                    : NumberStyle.reading(all: counts.examples.all).map { "set `\($0.keys)` beside the dataset's path" }
                        ?? "write plain numbers, or set `decimal`, `thousands` or `currency` beside the dataset's path")
        }
    }
}

extension Finding {
    /// What was found out about the files before any was read.
    init(_ note: InputNote) {
        let code: FindingCode =
            switch note.kind {
            case .filesSkipped: .filesSkipped
            case .columnAbsent: .columnAbsent
            case .looksNumeric: .looksNumeric
            case .columnLeftOut: .columnLeftOut
            case .typeIsColumn: .typeIsColumn
            }
        self.init(
            code, note.isWarning ? .warning : .note, note.subject, note.what, means: note.means, change: note.change)
    }
}
