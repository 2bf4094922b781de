import Bytes
import InstanceFile
import Tables

/// The ingestion of one split of an event dataset.
struct EventIngestion {
    private let source: EventSource
    private let dataset: EventDataset
    private let planned: PlannedDataset
    private let datasetIndex: Int
    private let asOf: Int64
    private let isAsOfGiven: Bool
    private let plan: InputPlan
    private let used: Set<String>
    private let missingIdentities: Set<String>
    private let comparisons: [OrderingTest]
    private let eligibleConditions: [Condition]
    private var summary: IngestSummary
    private var types = TextCodes()
    private var typeCounts: [IngestSummary.EventCounts] = []
    private var buffer: EventBuffer

    init(
        source: EventSource, asOf: Timestamp?, plan: InputPlan, dataset: Int, summary: IngestSummary, uses: ColumnUses
    ) {
        self.source = source
        used = uses.used
        self.plan = plan
        self.summary = summary
        isAsOfGiven = asOf != nil
        self.asOf = asOf?.microseconds ?? plan.endOfToday?.microseconds ?? .max
        datasetIndex = dataset
        planned = plan.datasets[dataset]
        self.dataset = source.datasets[planned.position]
        missingIdentities = Set(self.dataset.missingIdentities.compactMap(Identity.normalized))
        comparisons = OrderingTest.all(of: source)
        eligibleConditions = source.eligible.conditions
        buffer = EventBuffer(numberCount: plan.numbers.count, categoryCount: plan.categories.count)
    }

    var rowsRead: Int { summary.datasets[datasetIndex].rowsRead }
    var byteCount: Int { buffer.byteCount }

    /// Hands out what is buffered.
    mutating func flush(_ emit: (_ shard: Int, _ block: [UInt8]) throws -> Void) rethrows {
        try buffer.takeBlocks(types: types, shardCount: plan.shardCount) { shard, block in
            try emit(shard, ChecksummedEnvelope.seal(block.encoded, name: EventBlock.name, version: EventBlock.version))
        }
    }

    var finishedSummary: IngestSummary {
        var summary = summary
        var byName: [String: IngestSummary.EventCounts] = [:]
        for counts in typeCounts where counts.events > 0 {
            for name in TypeSet.names(in: counts.name) {
                var own = counts
                own.name = name
                if let known = byName[name] { own.merge(known) }
                byName[name] = own
            }
        }
        summary.types = byName.values.sorted { CanonicalText.precedes($0.name, $1.name) }
        summary.limitTypes()
        return summary
    }

    mutating func add(_ raw: Table) throws(TableError) {
        let table = raw.trimmed(used)
        let numbers = planned.numbers.map { number(of: $0, in: table) }
        var scope = EventScope(table: table, derived: derivedColumns(numbers))
        scope.assignTypes(dataset.type, types: &types)
        scope.addCustomEvents(source)
        let names = table.column(dataset.identity)?.texts() ?? .missing(rowCount: table.rowCount)
        let identities = buffer.identityCodes(
            of: names.dictionary.map { Identity.normalized($0, missing: missingIdentities) }, shards: plan.shards)
        let identity = names.codes.map { $0 < 0 ? -1 : identities[Int($0)] }
        let time = try times(dataset.timestamp, in: table)
        let known = try knownTimes(in: table, time: time.values)

        let rows = keptRows(scope, identity: identity, time: time, known: known ?? time.values)
        append(rows, scope, raw, identity: identity, time: time.values, known: known, numbers: numbers)
        compare(rows, scope)
    }

    // MARK: Columns

    private typealias NumberValues = (values: [Double], unreadable: Int, examples: Examples)

    /// Lists of the same items are multiplied item by item, and the products added up; other lists are added up first.
    private func number(of field: PlannedNumber, in table: Table) -> NumberValues {
        var product = [Double](repeating: 1, count: table.rowCount)
        var items: (lists: ListValues, product: [Double])?
        var unreadable = 0
        var examples = Examples()
        for name in field.columns {
            guard let column = table.column(name) else {
                return ([Double](repeating: .nan, count: table.rowCount), 0, Examples())
            }
            if case .lists(let lists) = column.values, items.map({ $0.lists.offsets == lists.offsets }) ?? true {
                let factor = lists.items.numbers()
                unreadable += factor.unreadable
                if factor.unreadable > 0 { examples.merge(column.examplesOfNoNumbers()) }
                let values = items.map { zip($0.product, factor.values).map { $0 * $1 } } ?? factor.values
                items = (lists, values)
                continue
            }
            let factor = column.numbers()
            unreadable += factor.unreadable
            if factor.unreadable > 0 { examples.merge(column.examplesOfNoNumbers()) }
            for row in product.indices { product[row] *= factor.values[row] }
        }
        if let items {
            let sums = items.lists.sums(of: items.product)
            for row in product.indices { product[row] *= sums[row] }
        }
        for row in product.indices where product[row].isInfinite {
            product[row] = .nan
            unreadable += 1
        }
        return (product, unreadable, examples)
    }

    private func derivedColumns(_ numbers: [NumberValues]) -> [Column] {
        zip(planned.numbers, numbers).filter { dataset.derives($0.0.name) }
            .map { Column(name: $0.0.name, values: .numbers($0.1.values)) }
    }

    /// When each event was known, which is no later than when it happened; nil where each was known when it happened.
    ///
    /// What is not to be believed, for being before the moment that events are believed from, or cannot be read, is no such
    /// time, and is counted.
    private mutating func knownTimes(in table: Table, time: [Int64]) throws(TableError) -> [Int64]? {
        guard let wanted = dataset.knownFrom else { return nil }
        let known = try times(wanted, in: table)
        let isBelieved = time.indices.map { known.valid[$0] && known.values[$0] >= wanted.from.microseconds }
        let refused = time.indices.filter { known.given[$0] && !isBelieved[$0] }
        if !refused.isEmpty, let column = table.column(wanted.column) {
            summary.datasets[datasetIndex].refusedKnownTimes += refused.count
            summary.datasets[datasetIndex].knownTimes.merge(column.examples(of: refused))
        }
        return time.indices.map { isBelieved[$0] ? min(known.values[$0], time[$0]) : time[$0] }
    }

    private func times(
        _ wanted: TimestampColumn, in table: Table
    ) throws(TableError) -> (values: [Int64], valid: [Bool], given: [Bool]) {
        guard let column = table.column(wanted.column) else {
            let none = [Bool](repeating: false, count: table.rowCount)
            return ([Int64](repeating: 0, count: table.rowCount), none, none)
        }
        let times = try column.timestamps(
            unit: wanted.unit, zone: wanted.zone, format: wanted.format, origin: wanted.origin)
        return (times.values, times.valid, column.given)
    }

    // MARK: Rows

    /// The rows that are used; the others are counted by the first reason that holds.
    private mutating func keptRows(
        _ scope: EventScope, identity: [Int32], time: (values: [Int64], valid: [Bool], given: [Bool]), known: [Int64]
    ) -> [UInt32] {
        let excluded = source.exclude?.evaluate(in: scope)
        let from = dataset.timestamp.from.microseconds
        var unreadable: [Int] = []
        var counts = summary.datasets[datasetIndex]
        var rows: [UInt32] = []
        rows.reserveCapacity(scope.rowCount)
        for row in 0..<scope.rowCount {
            let reason: RejectReason
            if dataset.timestamp.isNullable, !time.given[row] {
                reason = .noEvent
            } else if identity[row] < 0 {
                reason = .missingIdentity
            } else if !time.valid[row] {
                reason = time.given[row] ? .unreadableTimestamp : .missingTimestamp
                if time.given[row] { unreadable.append(row) }
            } else if time.values[row] < from {
                reason = .tooEarly
            } else if scope.typeCodes[row] < 0 {
                reason = .missingType
            } else if excluded?[row] ?? false {
                reason = .excluded
            } else if known[row] > asOf {
                reason = isAsOfGiven ? .afterAsOf : .inTheFuture
                if isAsOfGiven {
                    summary.earliestAfterAsOf = min(summary.earliestAfterAsOf ?? .max, known[row])
                }
            } else {
                rows.append(UInt32(row))
                continue
            }
            counts.rejected[reason.rawValue] += 1
        }
        counts.rowsRead += scope.rowCount
        counts.rowsKept += rows.count
        if !unreadable.isEmpty, let column = scope.table.column(dataset.timestamp.column) {
            counts.unreadableTimes.merge(column.examples(of: unreadable))
        }
        summary.datasets[datasetIndex] = counts
        return rows
    }

    private mutating func append(
        _ rows: [UInt32], _ scope: EventScope, _ raw: Table, identity: [Int32], time: [Int64], known: [Int64]?,
        numbers: [NumberValues]
    ) {
        let flags = flags(of: scope)
        var hashes = [UInt64](repeating: 0, count: scope.rowCount)
        raw.contentHashes(into: &hashes)
        let salt = UInt64(datasetIndex)
        for row in hashes.indices { hashes[row] = StableHash.mix(hashes[row], salt) }
        appendValues(rows, of: identity, to: &buffer.identity)
        appendValues(rows, of: scope.typeCodes, to: &buffer.type)
        appendValues(rows, of: time, to: &buffer.time)
        if let known { appendValues(rows, of: known, to: &buffer.known) }
        appendValues(rows, of: flags, to: &buffer.flags)
        appendValues(rows, of: hashes, to: &buffer.hash)
        count(rows, scope, time: time, known: known ?? time, flags: flags)
        if let known {
            _ = countByEvent(rows, scope, where: { known[$0] < time[$0] }, { $0.planned += $1 })
        }
        for (field, number) in zip(planned.numbers, numbers) {
            appendValues(rows, of: number.values, to: &buffer.numbers[field.number])
            summary.numbers[field.number].unreadable += number.unreadable
            summary.numbers[field.number].examples.merge(number.examples)
            if dataset.numbers == nil {
                // Taken out, so that adding copies nothing.
                var shape = NumberShape()
                swap(&shape, &summary.numberShapes[field.number])
                for row in rows { shape.add(number.values[Int(row)]) }
                swap(&shape, &summary.numberShapes[field.number])
            }
            summary.numbers[field.number].present += countByEvent(
                rows, scope, where: { !number.values[$0].isNaN }, { $0.numbers[field.number] += $1 })
        }
        for field in planned.categories {
            let present: Int
            let column = scope.table.column(field.column)
            if case .lists(let lists)? = column?.values {
                let isThere = append(rows, lists, category: field.category)
                present = countByEvent(rows, scope, where: { isThere[$0] }, { $0.categories[field.category] += $1 })
            } else {
                let texts = column?.texts() ?? .missing(rowCount: scope.rowCount)
                let codes = buffer.valueCodes(of: texts.dictionary, category: field.category)
                let values = texts.codes.map { $0 < 0 ? -1 : codes[Int($0)] }
                appendValues(rows, of: values, to: &buffer.categories[field.category])
                present = countByEvent(rows, scope, where: { values[$0] >= 0 }, { $0.categories[field.category] += $1 })
            }
            summary.categories[field.category].present += present
        }
    }

    /// Every item is a value of the event, in the items' order; whether each row has any.
    private mutating func append(_ rows: [UInt32], _ lists: ListValues, category: Int) -> [Bool] {
        let texts = lists.items.texts()
        let codes = buffer.valueCodes(of: texts.dictionary, category: category)
        var isThere = [Bool](repeating: false, count: lists.count)
        for row in rows.lazy.map(Int.init) {
            let before = buffer.categories[category].count
            for item in lists.range(row) {
                let code = texts.codes[item] < 0 ? -1 : codes[Int(texts.codes[item])]
                if code >= 0 { buffer.categories[category].append(code) }
            }
            buffer.categoryEnds[category].append(Int32(buffer.categories[category].count))
            isThere[row] = buffer.categories[category].count > before
        }
        return isThere
    }

    private func flags(of scope: EventScope) -> [UInt64] {
        var flags = [UInt64](repeating: 0, count: scope.rowCount)
        for (index, meets) in scope.goals.enumerated() {
            for row in flags.indices where meets[row] { flags[row] |= EventFlags.goal(index) }
        }
        for (index, condition) in eligibleConditions.enumerated() {
            let meets = condition.evaluate(in: scope)
            for row in flags.indices where meets[row] { flags[row] |= EventFlags.eligible(index) }
        }
        for (index, custom) in scope.customEvents.enumerated() {
            let bit = EventFlags.customEvent(index)
            for row in flags.indices where custom.rows[row] { flags[row] |= bit }
        }
        return flags
    }

    /// Counts the values that conditions cannot compare.
    private mutating func compare(_ rows: [UInt32], _ scope: EventScope) {
        for (index, comparison) in comparisons.enumerated() {
            guard comparison.position ?? planned.position == planned.position,
                let column = scope.column(comparison.path)
            else { continue }
            let incomparable = comparison.test.incomparable(in: column)
            let found = rows.lazy.map(Int.init).filter { incomparable[$0] }
            summary.comparisons[index].present += rows.count { !column.isMissing(Int($0)) }
            guard let first = found.first else { continue }
            summary.comparisons[index].unreadable += found.count
            summary.comparisons[index].examples.merge(column.examples(of: [first] + found))
        }
    }

    // MARK: Counting

    private mutating func count(
        _ rows: [UInt32], _ scope: EventScope, time: [Int64], known: [Int64], flags: [UInt64]
    ) {
        for name in types.texts[typeCounts.count...] {
            typeCounts.append(
                IngestSummary.EventCounts(
                    name: name, numbers: plan.numbers.map { _ in 0 }, categories: plan.categories.map { _ in 0 }))
        }
        _ = countByEvent(rows, scope, where: { _ in true }, { $0.events += $1 })
        guard !rows.isEmpty else { return }
        var (earliest, latest) = (Int64.max, Int64.min)
        var goals = source.goal.conditions.map { _ in 0 }
        var eligible = eligibleConditions.map { _ in 0 }
        // Taken out, so that counting copies nothing.
        var days = DayCounts()
        swap(&days, &summary.datasets[datasetIndex].days)
        defer { swap(&days, &summary.datasets[datasetIndex].days) }
        for row in rows.lazy.map(Int.init) {
            // An event that was known before it happened says where the data are only if it is sure to have happened; that it was
            // known, that they reach to then.
            if known[row] == time[row] || isAsOfGiven && time[row] <= asOf {
                days.add(time[row])
                earliest = min(earliest, time[row])
                latest = max(latest, time[row])
            } else {
                summary.latest = max(summary.latest ?? .min, known[row])
            }
            for index in goals.indices where flags[row] & EventFlags.goal(index) != 0 { goals[index] += 1 }
            for index in eligible.indices where flags[row] & EventFlags.eligible(index) != 0 { eligible[index] += 1 }
        }
        for index in goals.indices { summary.goalEventsByCondition[index] += goals[index] }
        for index in eligible.indices { summary.eligibleEventsByCondition[index] += eligible[index] }
        guard earliest <= latest else { return }
        summary.earliest = min(summary.earliest ?? .max, earliest)
        summary.latest = max(summary.latest ?? .min, latest)
        summary.datasets[datasetIndex].earliest = min(summary.datasets[datasetIndex].earliest ?? .max, earliest)
        summary.datasets[datasetIndex].latest = max(summary.datasets[datasetIndex].latest ?? .min, latest)
    }

    /// Adds the number of those of `rows` that hold something and are of each type, or meet each custom event, to its
    /// counts; how many hold something.
    private mutating func countByEvent(
        _ rows: [UInt32], _ scope: EventScope, where isThere: (Int) -> Bool,
        _ add: (inout IngestSummary.EventCounts, Int) -> Void
    ) -> Int {
        let byType = countsByCode(rows, scope.typeCodes, codeCount: typeCounts.count, where: isThere)
        for (code, count) in byType.enumerated() where count > 0 { add(&typeCounts[code], count) }
        for (index, custom) in scope.customEvents.enumerated() {
            add(&summary.customEvents[index], rows.count { custom.rows[Int($0)] && isThere(Int($0)) })
        }
        return byType.reduce(0, +)
    }
}

extension TextValues {
    /// A column in which every row is missing.
    static func missing(rowCount: Int) -> TextValues {
        TextValues(codes: [Int32](repeating: -1, count: rowCount), dictionary: [])
    }
}
