import InstanceFile
import Tables

/// The columns of one dataset's files: which all of them have, of what kind, and which are used.
struct ColumnSurvey {
    let dataset: String
    private let files: [SurveyedFile]
    /// The usable columns, in the order in which they first appear, each of a kind that holds all files' values; not those
    /// that files have by their place.
    let common: [Field]
    private(set) var used: Set<String> = []
    private(set) var notes: [InputNote] = []
    /// Columns of which it has been told that they are absent or left out.
    private var noted: Set<String> = []
    private(set) var problems: [InputError.Problem] = []

    init(dataset: String, files: [SurveyedFile]) {
        self.dataset = dataset
        self.files = files
        var common: [Field] = []
        var seen: Set<String> = []
        for file in files {
            for field in file.schema.fields where !file.constants.contains(field.name) {
                guard seen.insert(field.name).inserted, let kind = Self.kind(of: field.name, in: files) else {
                    continue
                }
                if kind.isUsable { common.append(Field(name: field.name, kind: kind)) }
            }
        }
        self.common = common
    }

    /// The kind that holds the values at a path in all files that have it: of texts, that of nearly all values of all
    /// files together. Without any value it is text.
    func kind(of path: String) -> ColumnKind? { Self.kind(of: path, in: files) }

    private static func kind(of path: String, in files: [SurveyedFile]) -> ColumnKind? {
        var kind: ColumnKind?
        var votes = KindVotes()
        for file in files {
            guard let field = file.schema.field(path) else { continue }
            var own = field.kind
            if let counted = file.votes[field.name] {
                votes.merge(counted)
                // Lists stay lists, whatever their items are.
                own = if case .list = own { .list(.empty) } else { .empty }
            }
            kind = kind?.joined(with: own) ?? own
        }
        guard var kind else { return nil }
        if votes.values > 0 { kind = kind.joined(with: votes.kind) }
        return switch kind {
        case .empty: .text
        case .list(.empty): .list(.text)
        default: kind
        }
    }

    /// What all files' values of a column could be read as; nil where their types tell.
    private func votes(of path: String) -> KindVotes? {
        let counted = files.compactMap { file in file.schema.field(path).flatMap { file.votes[$0.name] } }
        return counted.isEmpty ? nil : counted.reduce(into: KindVotes()) { $0.merge($1) }
    }

    /// The field that a path leads to, by the name under which it is among `common`.
    func fieldName(_ path: String) -> String { files.lazy.compactMap { $0.schema.field(path)?.name }.first ?? path }

    func isAnywhere(_ column: String) -> Bool { files.contains { $0.schema.field(column) != nil } }

    /// A file must have the column, and of a kind that can be read; those that lack it are told.
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

    /// Some file must have the column, which is not read; every file, if without it a row cannot be used.
    mutating func expect(_ column: String, as role: ColumnRole) {
        let isAnywhere = isAnywhere(column)
        let lacking = files.filter { $0.schema.field(column) == nil }
        for file in lacking {
            let mayLack =
                switch role {
                case .identity, .timestamp: false
                case .type: isAnywhere && file.isSparse
                default: isAnywhere
                }
            if mayLack { continue }
            problems.append(
                .missingColumn(
                    column: column, role: role, dataset: dataset, file: file.path,
                    nearest: NearestName.nearest(to: column, among: file.schema.names), columns: file.schema.names))
        }
        if isAnywhere, role != .type { noteAbsence(of: column, in: lacking) }
    }

    mutating func refuseBooleans(in column: String) {
        for file in files where file.schema.field(column)?.kind == .boolean {
            problems.append(.notTime(column: column, file: file.path))
        }
    }
}

// MARK: Notes

extension ColumnSurvey {
    /// Tells of files that lack a column. Of JSON, whose records have only the fields that they need, nothing is told.
    private mutating func noteAbsence(of column: String, in lacking: [SurveyedFile]) {
        let lacking = lacking.filter { !$0.isSparse }
        guard !lacking.isEmpty, noted.insert(column).inserted else { return }
        // Told once of both.
        let other = lacking.lazy.compactMap { file in
            file.schema.names.first { $0 != column && $0.lowercased() == column.lowercased() }
        }.first
        if let other { noted.insert(other) }
        let names = lacking.map { $0.path.split(separator: "/").last.map(String.init) ?? $0.path }
        notes.append(
            InputNote(
                kind: .columnAbsent, isWarning: other != nil, subject: dataset,
                what: "\(dataset): \(lacking.count) of \(files.count) files have no column \"\(column)\""
                    + (other.map { " but \"\($0)\"" } ?? "") + ": \(Wording.list(names, limit: 3))",
                means: "it is missing in all of their rows",
                change: other.map { "rename \"\($0)\" to \"\(column)\" in these files, if it is the same" }
                    ?? "nothing, if these files never had it; else write them again with it"))
    }

    /// Tells of the columns that become features by themselves: those that some files lack, and those that cannot be
    /// read, or are no numbers only for the way in which they are written.
    ///
    /// - Parameter roles: columns that are used for something else.
    mutating func noteColumns(besides roles: [String]) {
        let taken = Set(roles.map(fieldName))
        for field in common where !taken.contains(field.name) {
            noteAbsence(of: field.name, in: files.filter { $0.schema.field(field.name) == nil })
            if let votes = votes(of: field.name) { noteStyle(of: field.name, votes) }
        }
        for file in files {
            for field in file.schema.fields where !taken.contains(field.name) {
                guard case .unsupported(let type) = field.kind, noted.insert(field.name).inserted else { continue }
                notes.append(
                    InputNote(
                        kind: .columnLeftOut, isWarning: false, subject: "\(dataset).\(field.name)",
                        what: "\(dataset): \"\(field.name)\" is of type \(type) in \(file.path)",
                        means: "it cannot be used, and is left out",
                        change: "write it as plain numbers, texts or times, if it tells something"))
            }
        }
    }

    private mutating func noteStyle(of column: String, _ votes: KindVotes) {
        guard votes.kind == .text else { return }
        let suchAs = Examples(votes.examples).suchAs
        if let style = votes.betterStyle {
            notes.append(
                InputNote(
                    kind: .looksNumeric, isWarning: true, subject: "\(dataset).\(column)",
                    what: "\(dataset): \"\(column)\" looks like numbers\(suchAs)",
                    means: "it is read as a category, for these are no numbers as they stand",
                    change: "set `\(style.keys)` beside the path of \(dataset)"))
        } else if votes.numericShare >= 0.9 {
            notes.append(
                InputNote(
                    kind: .looksNumeric, isWarning: false, subject: "\(dataset).\(column)",
                    what: "\(dataset): most values of \"\(column)\" are numbers, and some are not\(suchAs)",
                    means: "it is read as a category, for more than one in a hundred values are no numbers",
                    change: "clear these values, if the column is meant to be a number"))
        }
    }
}

extension ColumnKind {
    var attribute: PlannedAttribute.Kind {
        switch ofItems {
        case .boolean: .boolean
        case .integer, .number: .number
        case .timestamp: .date
        case .text, .list, .unsupported, .empty: .text
        }
    }
}
