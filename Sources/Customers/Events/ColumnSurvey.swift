import Tables

/// The columns of one dataset's files: which all of them have, of what kind, and which are used.
struct ColumnSurvey {
    let dataset: String
    private let files: [SurveyedFile]
    /// The usable columns that every file has, in the first file's order, each of a kind that holds all files' values.
    let common: [Field]
    private(set) var used: Set<String> = []
    private(set) var problems: [InputError.Problem] = []

    init(dataset: String, files: [SurveyedFile]) {
        self.dataset = dataset
        self.files = files
        var common: [Field] = []
        for field in files.first?.schema.fields ?? [] where field.isSupported {
            var kind = field.kind
            let isEverywhere = files.dropFirst().allSatisfy { file in
                guard let other = file.schema.field(field.name), other.isSupported else { return false }
                kind = kind.joined(with: other.kind)
                return true
            }
            if isEverywhere { common.append(Field(name: field.name, kind: kind)) }
        }
        self.common = common
    }

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

    /// Every file must have the column, which is not read.
    mutating func expect(_ column: String, as role: ColumnRole) {
        for file in files where file.schema.field(column) == nil {
            problems.append(
                .missingColumn(
                    column: column, role: role, dataset: dataset, file: file.path,
                    nearest: Spelling.nearest(to: column, among: file.schema.fields.map(\.name))))
        }
    }

    mutating func refuseBooleans(in column: String) {
        for file in files where file.schema.field(column)?.kind == .boolean {
            problems.append(.notTime(column: column, file: file.path))
        }
    }
}

extension Field {
    var isSupported: Bool {
        if case .unsupported = kind { false } else { true }
    }
}

extension ColumnKind {
    /// The kind that holds the values of both.
    fileprivate func joined(with other: ColumnKind) -> ColumnKind {
        switch (self, other) {
        case _ where self == other: self
        case (.integer, .number), (.number, .integer): .number
        default: .text
        }
    }

    var attribute: PlannedAttribute.Kind {
        switch self {
        case .boolean: .boolean
        case .integer, .number: .number
        case .timestamp: .date
        case .text, .unsupported: .text
        }
    }
}
