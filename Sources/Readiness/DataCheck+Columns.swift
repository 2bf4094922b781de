import Events
import InstanceFile
import Tables

extension DataCheck {
    /// How complete every column is that is used, dataset by dataset.
    ///
    /// Identities are counted among all rows, timestamps among rows with an identity, everything else among rows that are
    /// used. A number or category that several datasets have is counted over all of them.
    var columns: [Readiness.Column] { rowColumns + fieldColumns.map(\.column) + attributeColumns.map(\.column) }

    private var rowColumns: [Readiness.Column] {
        var columns: [Readiness.Column] = []
        for (planned, rows) in zip(plan.datasets, ingested.datasets) {
            func rejected(_ reasons: RejectReason...) -> Int { reasons.reduce(0) { $0 + rows.rejected[$1.rawValue] } }
            let named = rows.rowsMeant - rejected(.brokenRow, .missingIdentity)
            let (identity, timestamp) = names(of: planned)
            if let identity {
                columns.append(Readiness.Column(planned.name, identity, .identity, values: named, of: rows.rowsMeant))
            }
            if let timestamp {
                let timed = named - rejected(.missingTimestamp, .unreadableTimestamp)
                columns.append(Readiness.Column(planned.name, timestamp, .timestamp, values: timed, of: named))
            }
            if planned.role == .features, case .features(let table) = instance.source {
                columns.append(
                    Readiness.Column(
                        planned.name, table.labelField, .label, values: ingested.labelled, of: rows.rowsKept))
            }
        }
        return columns
    }

    private func names(of planned: PlannedDataset) -> (identity: String?, timestamp: String?) {
        switch (planned.role, instance.source) {
        case (.events, .events(let source)):
            let dataset = source.datasets[planned.position]
            return (dataset.identity, dataset.timestamp.column)
        case (.features, .features(let table)):
            if case .column(let name) = table.identity { return (name, nil) }
            return (nil, nil)
        case (.attributes, _): return (instance.profiles[planned.position].identity, nil)
        case (.events, .features), (.features, .events): return (nil, nil)
        }
    }

    private struct Measured {
        var column: Readiness.Column
        var unreadable: Int
        var examples: Examples
        var kind: PlannedAttribute.Kind?
        /// Whether no type of event regularly has it.
        var isSparse: Bool
    }

    /// Numbers and categories of events.
    private var fieldColumns: [Measured] {
        func measured(
            _ name: String, _ role: Readiness.Column.Role, _ counts: IngestSummary.FieldCounts,
            carriedBy carries: (PlannedDataset) -> Bool, ofType: (IngestSummary.EventCounts) -> Int
        ) -> Measured {
            let carriers = plan.datasets.indices.filter { carries(plan.datasets[$0]) }
            let rows = carriers.reduce(0) { $0 + ingested.datasets[$1].rowsKept }
            // A field that belongs to some types of event is no worse for the rest of them.
            let isRegular = ingested.types.contains { 2 * ofType($0) >= $0.events && 100 * $0.events >= rows }
            return Measured(
                column: Readiness.Column(
                    carriers.map { plan.datasets[$0].name }.joined(separator: ", "), name, role,
                    values: counts.present, of: rows),
                unreadable: counts.unreadable, examples: counts.examples,
                isSparse: 2 * counts.present < rows && !isRegular)
        }
        let numbers = plan.numbers.indices.map { field in
            measured(
                plan.numbers[field], .number, ingested.numbers[field],
                carriedBy: { $0.numbers.contains { $0.number == field } }, ofType: { $0.numbers[field] })
        }
        let categories = plan.categories.indices.map { field in
            measured(
                plan.categories[field], .category, ingested.categories[field],
                carriedBy: { $0.categories.contains { $0.category == field } }, ofType: { $0.categories[field] })
        }
        return numbers + categories
    }

    private var attributeColumns: [Measured] {
        var columns: [Measured] = []
        for (index, planned) in plan.datasets.enumerated() {
            let rows = ingested.datasets[index].rowsKept
            for (attribute, counts) in zip(planned.attributes, ingested.attributes[index]) {
                columns.append(
                    Measured(
                        column: Readiness.Column(
                            planned.name, attribute.name, .attribute, values: counts.present, of: rows),
                        unreadable: counts.unreadable, examples: counts.examples, kind: attribute.kind,
                        isSparse: 2 * counts.present < rows))
            }
        }
        return columns
    }

    // MARK: Findings

    var columnFindings: [Finding] {
        let all = (fieldColumns + attributeColumns).filter { $0.column.rows > 0 }
        return all.filter { $0.column.values == 0 }.map(empty)
            + sparse(all.filter { $0.column.values > 0 && $0.isSparse })
            + all.compactMap(unreadable) + all.compactMap(dateAsText)
    }

    private func empty(_ measured: Measured) -> Finding {
        let column = measured.column
        return Finding(
            .emptyColumn, .warning, "\(column.dataset).\(column.column)",
            "\(column.dataset): \"\(column.column)\" holds no usable value",
            means: "it is not used",
            change: "see that it is the column that is meant, or leave it out of `\(key(of: measured))`")
    }

    /// One finding a dataset.
    private func sparse(_ columns: [Measured]) -> [Finding] {
        var findings: [Finding] = []
        var rest = columns[...]
        while let first = rest.first?.column {
            let same = columns.filter { $0.column.dataset == first.dataset }
            rest = rest.drop { $0.column.dataset == first.dataset }
            if findings.contains(where: { $0.subject == first.dataset }) { continue }
            let shares = same.map {
                "\"\($0.column.column)\" \(Wording.percent($0.column.values, of: $0.column.rows))"
            }
            findings.append(
                Finding(
                    .sparseColumn, .warning, first.dataset,
                    "\(first.dataset): fewer than half of the rows have a value: \(Wording.list(shares))",
                    means:
                        "features of these columns tell of few customers, and of those mostly that they have a value",
                    change: "see whether the values get lost on their way, or leave the columns out"))
        }
        return findings
    }

    /// A warning past one in a hundred values, else a note.
    private func unreadable(_ measured: Measured) -> Finding? {
        let column = measured.column
        let count = measured.unreadable
        guard count > 0 else { return nil }
        let isDate = measured.kind == .date
        let noun = isDate ? "date" : "number"
        let style = isDate ? nil : NumberStyle.reading(all: measured.examples.all)
        return Finding(
            .unreadableValues, 100 * count > column.values + count ? .warning : .note,
            "\(column.dataset).\(column.column)",
            "\(column.dataset): \(Wording.count(count)) \(count == 1 ? "value" : "values") of \"\(column.column)\" "
                + (count == 1 ? "is no \(noun)" : "are no \(noun)s") + measured.examples.suchAs,
            means: count == 1 ? "it counts as missing" : "they count as missing",
            change: isDate
                ? "write dates as 2011-09-01"
                : style.map { "set `\($0.keys)` beside the dataset's path" }
                    ?? "write plain numbers, or use the column as a category")
    }

    private func dateAsText(_ measured: Measured) -> Finding? {
        let column = measured.column
        guard measured.kind == .text, column.values > 0, SubscriptionDate(attribute: column.column) != nil else {
            return nil
        }
        return Finding(
            .dateAsText, .warning, "\(column.dataset).\(column.column)",
            "\(column.dataset): \"\(column.column)\" should be a date, and holds texts",
            means: "it is taken as a category, and no days are counted from it", change: "write dates as 2011-09-01")
    }

    private func key(of measured: Measured) -> String {
        switch measured.column.role {
        case .number: "numbers"
        case .category: "categories"
        case .attribute, .identity, .timestamp, .label:
            measured.column.dataset == "features" ? "features (see `drop`)" : "attributes"
        }
    }
}
