import Bytes
import InstanceFile
import Tables

/// The ingestion of one split of a profile dataset, or of the ready feature table.
struct AttributeIngestion {
    private let plan: InputPlan
    private let planned: PlannedDataset
    private let split: InputSplit
    private let identity: FeatureTable.Identity
    /// nil for a profile table.
    private let label: (field: String, label: FeatureTable.Label)?
    private let missingIdentities: Set<String>
    private let used: Set<String>
    /// What segments and the eligibility compare, and its place among all that is compared.
    private let comparisons: [(index: Int, comparison: OrderingTest)]
    private(set) var summary: IngestSummary
    private var nextRow: Int
    private var buffer: AttributeBuffer

    init(instance: Instance, plan: InputPlan, split: InputSplit, summary: IngestSummary) {
        self.plan = plan
        self.split = split
        self.summary = summary
        planned = plan.datasets[split.dataset]
        nextRow = split.firstRow
        used = ColumnUses(planned, in: instance).used
        comparisons = OrderingTest.all(of: instance).enumerated().filter(\.element.isOfAttributes).map { ($0, $1) }
        if planned.role == .features, case .features(let table) = instance.source {
            identity = table.identity
            label = (table.labelField, table.label)
            missingIdentities = Set(table.missingIdentities.compactMap(Identity.normalized))
        } else {
            identity = .column(instance.profiles[planned.position].identity)
            label = nil
            missingIdentities = Set(
                instance.profiles[planned.position].missingIdentities.compactMap(Identity.normalized))
        }
        buffer = AttributeBuffer(attributes: planned.attributes, labels: label?.label.kind)
    }

    var rowsRead: Int { summary.datasets[split.dataset].rowsRead }
    var byteCount: Int { buffer.byteCount }

    /// Hands out what is buffered.
    mutating func flush(_ emit: (_ shard: Int, _ block: [UInt8]) throws -> Void) rethrows {
        try buffer.blocks(shards: plan.shards) { shard, rows in
            var block = rows
            block.dataset = split.dataset
            block.file = split.file
            try emit(
                shard,
                ChecksummedEnvelope.seal(block.encoded, name: AttributeBlock.name, version: AttributeBlock.version))
        }
        buffer = AttributeBuffer(attributes: planned.attributes, labels: label?.label.kind)
    }

    mutating func add(_ raw: Table) throws(TableError) {
        let table = raw.trimmed(used)
        let names = identities(in: table)
        let rows = (0..<table.rowCount).filter { names[$0] != nil }
        buffer.identity += rows.map { names[$0] ?? "" }
        buffer.row += rows.map { UInt64(nextRow + $0) }
        addLabels(of: rows, in: table)
        for (index, attribute) in planned.attributes.enumerated() {
            try addValues(of: attribute, at: index, rows: rows, in: table)
        }
        var counts = summary.datasets[split.dataset]
        counts.rowsRead += table.rowCount
        counts.rowsKept += rows.count
        counts.rejected[RejectReason.missingIdentity.rawValue] += table.rowCount - rows.count
        summary.datasets[split.dataset] = counts
        nextRow += table.rowCount
    }

    private func identities(in table: Table) -> [String?] {
        switch identity {
        case .rowNumber:
            return (0..<table.rowCount).map { String(nextRow + $0) }
        case .column(let column):
            let texts = table.column(column)?.texts() ?? .missing(rowCount: table.rowCount)
            let names = texts.dictionary.map { Identity.normalized($0, missing: missingIdentities) }
            return texts.codes.map { $0 < 0 ? nil : names[Int($0)] }
        }
    }

    private mutating func addLabels(of rows: [Int], in table: Table) {
        guard let (field, label) = label else { return }
        let column = table.column(field)
        if label.test.ordersNumbersOrDates, let column { compare(label.test, at: 0, rows, column) }
        switch label {
        case .outcome(let test):
            let holds = Condition.field(path: field, test).evaluate(in: EventScope(table: table, derived: []))
            for row in rows {
                if column?.isMissing(row) ?? true {
                    buffer.labels?.appendUnknown()
                    summary.unlabelled += 1
                } else {
                    buffer.labels?.append(outcome: holds[row])
                    if holds[row] { summary.positives += 1 } else { summary.negatives += 1 }
                }
            }
        case .number:
            let numbers = column?.numbers(takingTruth: false).values
            for row in rows {
                let number = numbers.map { Float($0[row]) } ?? .nan
                if number.isFinite {
                    buffer.labels?.append(number: number)
                    summary.numbered += 1
                } else {
                    buffer.labels?.appendUnknown()
                    summary.unlabelled += 1
                }
            }
        }
    }

    /// Counts the values that a test cannot compare.
    private mutating func compare(_ test: FieldTest, at index: Int, _ rows: [Int], _ column: Column) {
        let incomparable = test.incomparable(in: column)
        let found = rows.filter { incomparable[$0] }
        summary.comparisons[index].present += rows.count { !column.isMissing($0) }
        summary.comparisons[index].unreadable += found.count
        if !found.isEmpty { summary.comparisons[index].examples.merge(column.examples(of: found)) }
    }

    private mutating func addValues(
        of attribute: PlannedAttribute, at index: Int, rows: [Int], in table: Table
    ) throws(TableError) {
        let column = table.column(attribute.name)
        var counts = IngestSummary.FieldCounts()
        switch attribute.kind {
        case .number, .boolean:
            let numbers =
                column?.numbers(takingTruth: attribute.kind == .boolean)
                ?? (values: [Double](repeating: .nan, count: table.rowCount), unreadable: 0)
            let kept = rows.map { numbers.values[$0].isFinite ? numbers.values[$0] : .nan }
            counts.present = kept.count { !$0.isNaN }
            counts.unreadable = numbers.unreadable + rows.count { numbers.values[$0].isInfinite }
            if counts.unreadable > 0, let column {
                counts.examples = column.examplesOfNoNumbers(takingTruth: attribute.kind == .boolean)
            }
            if attribute.gatheredKind == .text {
                addTexts(of: column, at: index, rows: rows, in: table)
            } else {
                buffer.columns[index].numbers += kept
            }
        case .date:
            let missing = [Bool](repeating: false, count: table.rowCount)
            // The end of a subscription lies ahead, and tells nothing of how far the data reach; nor does a day still to come.
            let isAhead = SubscriptionDate(attribute: attribute.name) == .end
            let today = plan.endOfToday?.microseconds ?? .max
            let dates =
                try column?.timestamps(unit: nil, zone: nil, format: nil)
                ?? (values: [Int64](repeating: 0, count: table.rowCount), valid: missing, unreadable: 0)
            for row in rows {
                let value = dates.valid[row] ? dates.values[row] : AttributeBlock.missingDate
                buffer.columns[index].dates.append(value)
                guard dates.valid[row] else { continue }
                counts.present += 1
                if !isAhead, value <= today { summary.latestDate = max(summary.latestDate ?? .min, value) }
            }
            counts.unreadable = dates.unreadable
            if counts.unreadable > 0, let column {
                counts.examples = column.examples(of: rows.filter { !dates.valid[$0] })
            }
        case .text:
            let before = buffer.columns[index].codes.count
            addTexts(of: column, at: index, rows: rows, in: table)
            counts.present = buffer.columns[index].codes[before...].count { $0 >= 0 }
        }
        summary.attributes[split.dataset][index].merge(counts)
        guard let column else { return }
        for (index, comparison) in comparisons
        where PlannedAttribute.isMeant(attribute.name, by: comparison.path) {
            compare(comparison.test, at: index, rows, column)
        }
    }

    private mutating func addTexts(of column: Column?, at index: Int, rows: [Int], in table: Table) {
        let texts = column?.texts() ?? .missing(rowCount: table.rowCount)
        let codes = buffer.columns[index].dictionary.codes(of: texts.dictionary)
        buffer.columns[index].codes += rows.map { texts.codes[$0] < 0 ? -1 : codes[Int(texts.codes[$0])] }
    }
}

extension FeatureTable.Label {
    fileprivate var kind: LabelColumn.Kind {
        switch self {
        case .outcome: .outcomes
        case .number: .numbers
        }
    }
}
