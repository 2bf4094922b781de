import InstanceFile
import Tables

/// Why the files cannot be used as the instance asks: every problem that was found, each with its file.
package struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
    package var problems: [Problem]

    package enum Problem: Sendable, Equatable {
        /// A path that names no file, or a file that cannot be read or is empty, in the reader's words.
        ///
        /// - Parameter mayPass: see `TableError.mayPass`.
        case unusableFile(dataset: String, reason: String, mayPass: Bool)
        case missingColumn(
            column: String, role: ColumnRole, dataset: String, file: String, nearest: String?, columns: [String])
        /// Every file that a dataset's paths name is a result of an earlier run.
        case onlyResults(dataset: String, file: String)
        case unsupportedColumn(column: String, role: ColumnRole, file: String, type: String)
        case notTime(column: String, file: String)
        /// A field of the goal, of eligibility, of an exclusion or of a custom event that no dataset has.
        case unknownField(field: String, role: ColumnRole, datasets: [String], nearest: String?)
        case attributeTwice(attribute: String, first: String, second: String)
        case fieldTwice(field: String, dataset: String)
        case rowNumbersOfManyFiles(dataset: String, files: Int)
        case noFeatureColumns(dataset: String)
        case tooManyCustomEvents(count: Int, limit: Int)
        /// An attribute that the eligibility asks for, and no table of profiles has.
        case unknownAttribute(attribute: String, nearest: String?, attributes: [String])
    }

    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }

    /// Whether the same files may be readable some time later, although nobody has mended anything.
    package var mayPass: Bool {
        problems.allSatisfy { if case .unusableFile(_, _, mayPass: true) = $0 { true } else { false } }
    }
}

/// What the instance uses a column for, in the words of its keys.
package enum ColumnRole: String, Sendable {
    case identity, timestamp, type, numbers, categories, attributes, label, drop, goal, eligible, exclude
    case rule = "type rule"
    case customEvent = "custom event"
}

extension InputError.Problem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusableFile(let dataset, let reason, _): "\(dataset): \(reason)"
        case .missingColumn(let column, let role, let dataset, let file, let nearest, let columns):
            "\(file): has no column \"\(column)\", which \(dataset) uses as \(role.rawValue)"
                + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
                + (Self.lookLikeData(columns)
                    ? "; its first line seems to be data and no header: " : "; its columns are ")
                + Wording.list(columns.map { "\"\($0)\"" }, limit: 20)
                + (Self.lookLikeData(columns) ? "; write the columns' names into a line before it" : "")
        case .onlyResults(let dataset, let file):
            "\(dataset): its paths name nothing but results of an earlier run, such as \(file); name the dataset's own files"
        case .unsupportedColumn(let column, let role, let file, let type):
            "\(file): column \"\(column)\" (\(role.rawValue)) is of type \(type), which cannot be used; "
                + "write it as a plain number, text or time"
        case .notTime(let column, let file):
            "\(file): column \"\(column)\" holds true and false, and cannot be the timestamp; name the column with the time"
        case .unknownField(let field, let role, let datasets, let nearest):
            "\(role.rawValue): no events have a field \"\(field)\" (looked in \(datasets.joined(separator: ", ")))"
                + (nearest.map { "; did you mean \"\($0)\"?" } ?? "; use a column's name or a number's name")
        case .attributeTwice(let attribute, let first, let second):
            "attribute \"\(attribute)\" is in both \(first) and \(second); "
                + "list the attributes of each, so that only one of them has it"
        case .fieldTwice(let field, let dataset):
            "\(dataset): \"\(field)\" is listed twice; keep one"
        case .unknownAttribute(let attribute, let nearest, let attributes):
            "eligible.attributes: no profiles have an attribute \"\(attribute)\""
                + (nearest.map { "; did you mean \"\($0)\"?" }
                    ?? "; the attributes are \(attributes.prefix(20).joined(separator: ", "))")
        case .rowNumbersOfManyFiles(let dataset, let files):
            "\(dataset): identity `row` needs a single file, and there are \(files); name an identity column"
        case .noFeatureColumns(let dataset):
            "\(dataset): no column is left to learn from besides identity, label and dropped ones"
        case .tooManyCustomEvents(let count, let limit):
            "custom_events: there are \(count), and the limit is \(limit); remove some"
        }
    }
}

extension InputError.Problem {
    /// Whether names of columns are rather values of a first row: numbers and times are no names.
    private static func lookLikeData(_ columns: [String]) -> Bool {
        columns.contains { Timestamp(iso8601: $0) != nil || !numbersRead(in: [$0])[0].isNaN }
    }
}
