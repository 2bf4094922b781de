import InstanceFile
import Tables

/// Decides, dataset by dataset, which columns are read and as what; collects whatever stands in the way.
struct InputSurvey {
    var plan = InputPlan()
    var problems: [InputError.Problem]

    /// What is asked of attributes, by segments and by the eligibility.
    private let conditions: [Condition]
    private let isEnriching: Bool

    init(instance: Instance, problems: [InputError.Problem]) {
        self.problems = problems
        var conditions = instance.segments.map(\.condition)
        if case .events(let source) = instance.source, let condition = source.eligible.attributes {
            conditions.append(condition)
        }
        self.conditions = conditions
        isEnriching = instance.enrich
    }

    // MARK: Events

    mutating func addEvents(_ source: EventSource, files: [[SurveyedFile]]) {
        if source.customEvents.count > InputPlan.maximumCustomEvents {
            problems.append(
                .tooManyCustomEvents(count: source.customEvents.count, limit: InputPlan.maximumCustomEvents))
        }
        let shared = sharedFields(of: source)
        for (position, dataset) in source.datasets.enumerated() {
            addEvents(dataset, position: position, files: files[position], source: source, shared: shared)
        }
        // A dataset none of whose files could be opened may be the one that has the field.
        guard files.prefix(source.datasets.count).allSatisfy({ !$0.isEmpty }) else { return }
        let known = Set(
            source.datasets.indices.flatMap { position in
                files[position].flatMap(\.schema.names)
                    + (source.datasets[position].numbers ?? []).map(\.name)
            })
        let all = files.prefix(source.datasets.count).flatMap(\.self)
        for (field, role) in shared
        where !known.contains(field) && !all.contains(where: { $0.schema.field(field) != nil }) {
            problems.append(
                .unknownField(
                    field: field, role: role, datasets: source.datasets.indices.map { "events[\($0)]" },
                    nearest: NearestName.nearest(to: field, among: known.sorted())))
        }
    }

    private mutating func addEvents(
        _ dataset: EventDataset, position: Int, files: [SurveyedFile], source: EventSource,
        shared: [(field: String, role: ColumnRole)]
    ) {
        var planned = PlannedDataset(role: .events, position: position, name: "events[\(position)]")
        var columns = ColumnSurvey(dataset: planned.name, files: files)
        columns.require(dataset.identity, as: .identity)
        columns.require(dataset.timestamp.column, as: .timestamp)
        columns.refuseBooleans(in: dataset.timestamp.column)
        if let known = dataset.knownFrom {
            columns.require(known.column, as: .timestamp)
            columns.refuseBooleans(in: known.column)
        }
        switch dataset.type {
        case .constant(let name):
            if columns.isAnywhere(name) {
                plan.notes.append(
                    InputNote(
                        kind: .typeIsColumn, isWarning: true, subject: planned.name,
                        what: "\(planned.name): every event is a \"\(name)\", and there is a column of that name",
                        means: "what the column says of the events' types is not used",
                        change: "if the column holds the types, write type: { column: \(name) }"))
            }
        case .column(let column): columns.require(column, as: .type)
        case .standardXDM: StandardGroup.paths.forEach { columns.take($0) }
        case .rules(let rules):
            for field in Set(rules.flatMap { $0.when?.fieldPaths ?? [] }).sorted() where !dataset.derives(field) {
                columns.require(field, as: .rule)
            }
        }
        for (field, role) in shared where columns.isAnywhere(field) && !dataset.derives(field) {
            columns.require(field, as: role)
        }
        var roles = [dataset.identity, dataset.timestamp.column] + (dataset.knownFrom.map { [$0.column] } ?? [])
        if case .column(let column) = dataset.type { roles.append(column) }
        if dataset.type == .standardXDM {
            roles += columns.common.map(\.name).filter(StandardGroup.isBookkeeping)
        }
        let numbers = dataset.numbers ?? defaultNumbers(columns, besides: roles + (dataset.categories ?? []))
        let categories = dataset.categories ?? defaultCategories(columns, besides: roles + numbers.flatMap(\.columns))
        for name in repeated(numbers.map(\.name)) + repeated(categories) {
            problems.append(.fieldTwice(field: name, dataset: planned.name))
        }
        for column in numbers.flatMap(\.columns) { columns.require(column, as: .numbers) }
        for column in categories { columns.require(column, as: .categories) }

        planned.numbers = numbers.map {
            PlannedNumber(name: $0.name, number: plan.numbers.place(of: $0.name), columns: $0.columns)
        }
        planned.categories = categories.map {
            PlannedCategory(column: $0, category: plan.categories.place(of: $0))
        }
        columns.noteColumns(besides: roles)
        finish(planned, columns, files: files, readingAll: source.duplicates == .drop)
    }

    /// The fields of the conditions that hold for all datasets, each with the first role that names it.
    private func sharedFields(of source: EventSource) -> [(field: String, role: ColumnRole)] {
        var conditions: [(Condition, ColumnRole)] = [(source.goal.condition, .goal)]
        conditions += source.eligible.conditions.map { ($0, .eligible) }
        if let condition = source.exclude { conditions.append((condition, .exclude)) }
        conditions += source.customEvents.map { ($0.condition, .customEvent) }
        var seen: Set<String> = []
        var fields: [(field: String, role: ColumnRole)] = []
        for (condition, role) in conditions {
            for field in condition.fieldPaths where seen.insert(field).inserted { fields.append((field, role)) }
        }
        return fields
    }

    private mutating func defaultNumbers(_ columns: ColumnSurvey, besides roles: [String]) -> [NumberField] {
        let taken = Set(roles.map(columns.fieldName))
        let names = columns.common.filter { [.integer, .number].contains($0.kind.ofItems) && !taken.contains($0.name) }
        return limited(names.map(\.name), what: "numeric columns", key: "numbers", dataset: columns.dataset)
            .map { NumberField(name: $0, columns: [$0]) }
    }

    private mutating func defaultCategories(_ columns: ColumnSurvey, besides roles: [String]) -> [String] {
        let taken = Set(roles.map(columns.fieldName))
        let names = columns.common.filter { $0.kind.ofItems == .text && !taken.contains($0.name) }
        return limited(names.map(\.name), what: "text columns", key: "categories", dataset: columns.dataset)
    }

    private mutating func limited(_ names: [String], what: String, key: String, dataset: String) -> [String] {
        let limit = InputPlan.maximumDefaultFields
        guard names.count > limit else { return names }
        plan.warnings.append(
            "\(dataset) has \(names.count) \(what), of which the first \(limit) are used; choose with `\(key):`.")
        return Array(names.prefix(limit))
    }

    // MARK: Tables of profiles

    mutating func addFeatures(_ table: FeatureTable, files: [SurveyedFile]) {
        let planned = PlannedDataset(role: .features, position: 0, name: "features")
        var columns = ColumnSurvey(dataset: planned.name, files: files)
        var roles = Set(table.drop + [table.labelField])
        switch table.identity {
        case .column(let column):
            columns.require(column, as: .identity)
            roles.insert(column)
        case .rowNumber:
            if files.count > 1 {
                problems.append(.rowNumbersOfManyFiles(dataset: planned.name, files: files.count))
            }
        }
        columns.require(table.labelField, as: .label)
        for column in table.drop { columns.expect(column, as: .drop) }
        let taken = Set(roles.map(columns.fieldName))
        let features = columns.common.filter { !taken.contains($0.name) }.map(\.name)
        if features.isEmpty && !files.isEmpty { problems.append(.noFeatureColumns(dataset: planned.name)) }
        columns.noteColumns(besides: Array(roles))
        addAttributes(features, to: planned, columns, files: files)
    }

    mutating func addProfiles(_ dataset: ProfileDataset, position: Int, files: [SurveyedFile]) {
        let planned = PlannedDataset(role: .attributes, position: position, name: "profiles[\(position)]")
        var columns = ColumnSurvey(dataset: planned.name, files: files)
        columns.require(dataset.identity, as: .identity)
        let attributes =
            dataset.attributes ?? columns.common.map(\.name).filter { $0 != columns.fieldName(dataset.identity) }
        columns.noteColumns(besides: [dataset.identity])
        addAttributes(attributes, to: planned, columns, files: files)
    }

    /// Whether there are the attributes that the eligibility asks for.
    mutating func checkAttributes(of instance: Instance) {
        guard case .events(let source) = instance.source, let condition = source.eligible.attributes, problems.isEmpty
        else { return }
        let known = plan.datasets.filter { $0.role == .attributes }.flatMap(\.attributes).map(\.name)
        for path in condition.fieldPaths where !known.contains(path) {
            problems.append(
                .unknownAttribute(
                    attribute: path, nearest: NearestName.nearest(to: path, among: known), attributes: known))
        }
    }

    private mutating func addAttributes(
        _ attributes: [String], to planned: PlannedDataset, _ survey: ColumnSurvey, files: [SurveyedFile]
    ) {
        var planned = planned
        var columns = survey
        for name in repeated(attributes) { problems.append(.fieldTwice(field: name, dataset: planned.name)) }
        for name in attributes {
            columns.require(name, as: .attributes)
            if let owner = plan.datasets.first(where: { $0.attributes.contains { $0.name == name } }) {
                problems.append(.attributeTwice(attribute: name, first: owner.name, second: planned.name))
            }
        }
        planned.attributes = attributes.map { name in
            let kind = columns.kind(of: name)?.attribute ?? .text
            return PlannedAttribute(name: name, kind: kind, precision: kind == .number ? precision(of: name) : .feature)
        }
        finish(planned, columns, files: files, readingAll: false)
    }

    private func precision(of attribute: String) -> PlannedAttribute.Precision {
        let isMeant = { PlannedAttribute.isMeant(attribute, by: $0) }
        if conditions.contains(where: { $0.equatedPaths.contains(where: isMeant) }) { return .digits }
        return isEnriching || conditions.contains { $0.fieldPaths.contains(where: isMeant) } ? .double : .feature
    }

    // MARK: Splits

    private mutating func finish(
        _ dataset: PlannedDataset, _ columns: ColumnSurvey, files: [SurveyedFile], readingAll: Bool
    ) {
        problems += columns.problems
        plan.notes += columns.notes
        var dataset = dataset
        dataset.byteCount = files.reduce(0) { $0 + $1.byteCount }
        if !files.isEmpty, files.allSatisfy({ !$0.rowGroups.isEmpty }) {
            dataset.rowCount = files.reduce(0) { $0 + $1.rowGroups.reduce(0, +) }
        }
        let index = plan.datasets.count
        plan.datasets.append(dataset)
        for (place, file) in files.enumerated() {
            var read = columns.used.filter { file.schema.field($0) != nil }
            if readingAll { read.formUnion(file.schema.fields.filter(\.kind.isUsable).map(\.name)) }
            addSplits(of: file, dataset: index, file: place, columns: read.sorted(by: CanonicalText.precedes))
        }
    }

    /// Row groups of a Parquet file taken together up to about a million rows; large texts of events
    /// in parts; other files whole.
    private mutating func addSplits(of file: SurveyedFile, dataset: Int, file place: Int, columns: [String]) {
        func split(_ part: FilePart?, firstRow: Int, rows: Int?) -> InputSplit {
            InputSplit(
                id: plan.splits.count, dataset: dataset, file: place, path: file.path, columns: columns,
                part: part, firstRow: firstRow, rowCount: rows, foundTypes: file.foundTypes,
                fingerprint: file.fingerprint)
        }
        if !file.parts.isEmpty {
            for part in file.parts { plan.splits.append(split(part, firstRow: 0, rows: nil)) }
            return
        }
        guard !file.rowGroups.isEmpty else {
            plan.splits.append(split(nil, firstRow: 0, rows: nil))
            return
        }
        var start = 0
        var firstRow = 0
        var rows = 0
        for (group, count) in file.rowGroups.enumerated() {
            if rows > 0, rows + count > Self.rowsPerSplit {
                plan.splits.append(split(.rowGroups(start..<group), firstRow: firstRow, rows: rows))
                firstRow += rows
                start = group
                rows = 0
            }
            rows += count
        }
        plan.splits.append(split(.rowGroups(start..<file.rowGroups.count), firstRow: firstRow, rows: rows))
    }

    private static let rowsPerSplit = 1_000_000

    private func repeated(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { !seen.insert($0).inserted }
    }
}

extension EventDataset {
    /// Whether `field` is a number that is computed, or known by another name than its column's.
    func derives(_ field: String) -> Bool {
        numbers?.contains { $0.name == field && $0.columns != [field] } ?? false
    }
}

extension [String] {
    /// The index of `name`, which is appended when it is new.
    fileprivate mutating func place(of name: String) -> Int {
        if let index = firstIndex(of: name) { return index }
        append(name)
        return count - 1
    }
}
