import Tables

/// The columns of one dataset's files: which all of them have, of what kind, and which are used.
struct ColumnSurvey {
    let dataset: String
    private let files: [SurveyedFile]
    /// The usable columns that every file has, apart from sparse ones, in the order in which they first appear, each of
    /// a kind that holds all files' values.
    let common: [Field]
    private(set) var used: Set<String> = []
    private(set) var problems: [InputError.Problem] = []

    init(dataset: String, files: [SurveyedFile]) {
        self.dataset = dataset
        self.files = files
        var common: [Field] = []
        var seen: Set<String> = []
        for field in files.flatMap(\.schema.fields) where seen.insert(field.name).inserted {
            let isEverywhere = files.allSatisfy { file in
                file.schema.field(field.name).map(\.kind.isUsable) ?? file.isSparse
            }
            guard isEverywhere, let kind = Self.kind(of: field.name, in: files) else { continue }
            common.append(Field(name: field.name, kind: kind))
        }
        self.common = common
    }

    /// The kind that holds the values at a path in all files that have it.
    func kind(of path: String) -> ColumnKind? { Self.kind(of: path, in: files) }

    private static func kind(of path: String, in files: [SurveyedFile]) -> ColumnKind? {
        let kinds = files.compactMap { $0.schema.field(path)?.kind }
        return kinds.dropFirst().reduce(kinds.first) { $0?.joined(with: $1) }
    }

    /// The field that a path leads to, by the name under which it is among `common`.
    func fieldName(_ path: String) -> String { files.lazy.compactMap { $0.schema.field(path)?.name }.first ?? path }

    func isAnywhere(_ column: String) -> Bool { files.contains { $0.schema.field(column) != nil } }

    /// Every file must have the column, and of a kind that can be read.
    mutating func require(_ column: String, as role: ColumnRole) {
        guard used.insert(column).inserted else { return }
        expect(column, as: role)
        for file in files {
            if let field = file.schema.field(column), case .unsupported(let type) = field.kind {
                problems.append(.unsupportedColumn(column: column, role: role, file: file.path, type: type))
            }
        }
    }

    /// Reads the column where a file has it.
    mutating func take(_ column: String) {
        if isAnywhere(column) { used.insert(column) }
    }

    /// Every file must have the column, which is not read.
    mutating func expect(_ column: String, as role: ColumnRole) {
        let mayLack = isAnywhere(column) && role != .identity && role != .timestamp
        for file in files where file.schema.field(column) == nil && !(mayLack && file.isSparse) {
            problems.append(
                .missingColumn(
                    column: column, role: role, dataset: dataset, file: file.path,
                    nearest: Spelling.nearest(to: column, among: file.schema.names)))
        }
    }

    mutating func refuseBooleans(in column: String) {
        for file in files where file.schema.field(column)?.kind == .boolean {
            problems.append(.notTime(column: column, file: file.path))
        }
    }
}

extension ColumnKind {
    var attribute: PlannedAttribute.Kind {
        switch ofItems {
        case .boolean: .boolean
        case .integer, .number: .number
        case .timestamp: .date
        case .text, .list, .unsupported: .text
        }
    }
}
