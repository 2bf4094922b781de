/// Why a table could not be read, understood or written. Every message names the file or the value, and what to do.
package enum TableError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    case noBytes(path: String)
    case noHeader(path: String)
    case noRows(path: String)
    /// There are rows, and all of them are broken.
    case allRowsBroken(path: String, BrokenRows)
    /// Bytes that are no text where every letter counts.
    case noText(path: String, column: String, example: String, isRaw: Bool)
    case unreadable(path: String, reason: String)
    case unknownFormat(path: String, hint: String)
    /// A store did not answer, or refused: nothing is known of the object.
    case unavailable(address: String, reason: String)
    /// An address that is none of an object store's.
    case badAddress(address: String, reason: String)
    case noMatch(pattern: String)
    /// A folder of a format that keeps several versions of a table.
    case versionedTable(path: String, kind: String)
    case duplicateColumn(path: String, column: String)
    case unknownColumn(path: String, column: String, columns: [String])
    case unsupportedColumn(path: String, column: String, type: String)
    /// JSON values of two kinds in one column.
    case conflict(path: String, column: String, reason: String)
    case unknownZone(String)
    case badFormat(format: String, directive: String)
    case unwritable(path: String, reason: String)

    /// Whether it may be gone some time later, although nobody has mended anything: a store that does not answer now.
    package var mayPass: Bool {
        switch self {
        case .unavailable(let path, let reason), .unreadable(let path, let reason), .unwritable(let path, let reason):
            ObjectStore.isAddress(path) && ObjectStore.mayPass(reason)
        default: false
        }
    }

    package var description: String {
        switch self {
        case .missing(let path):
            return "\(path): there is no such file; check the path (relative paths are relative to the instance file)"
        case .noBytes(let path):
            return "\(path): the file is empty (0 bytes); write it again, or leave it out"
        case .noHeader(let path):
            return "\(path): the file names no columns; its first line must be a header"
        case .noRows(let path):
            return "\(path): the file has columns but no rows; write it again, or leave it out"
        case .allRowsBroken(let path, let broken):
            let rows = broken.count == 1 ? "its only row" : "none of its \(broken.count) rows"
            return """
                \(path): \(rows) \(broken.count == 1 ? "cannot" : "can") be read: \(broken.reasons.joined(separator: "; ")); \
                see whether its format is what its name says, and set `escape` or `encoding` where it is written otherwise
                """
        case .noText(let path, let column, let example, let isRaw):
            let place = "the column \"\(column)\""
            return isRaw
                ? "\(path): \(place) holds raw bytes that are no text, such as \(example); write them as text or in hexadecimal"
                : """
                \(path): \(place) holds bytes that are no UTF-8, such as \(example); say how the file is encoded \
                (encoding: windows-1252, latin1 or utf-16, beside its path), or write it as UTF-8
                """
        case .unreadable(let path, let reason):
            return "\(path): cannot be read: \(reason)"
        case .unknownFormat(let path, let hint):
            return """
                \(path): \(hint); name it by its format: .parquet, .csv, .tsv, .jsonl, .ndjson, .json (one object a \
                line, or one array of them), .arrow or .feather
                """
        case .unavailable(let address, let reason):
            return "\(address): cannot be read: \(reason)"
        case .badAddress(let address, let reason):
            return "\(address): \(reason)"
        case .noMatch(let pattern):
            return """
                \(pattern): no file matches; check the \(pattern.contains("://") ? "bucket, the " : "")folder and the pattern \
                (* ? [] within a name, ** across folders; names that begin with _ or . must be spelled out)
                """
        case .versionedTable(let path, let kind):
            return """
                \(path): this is a \(kind) table, whose folder also holds rows that were changed or deleted since; export the \
                current version as Parquet (Spark, DuckDB and the like do), and give the path of that
                """
        case .duplicateColumn(let path, let column):
            return "\(path): two columns are named \"\(column)\"; rename one of them"
        case .unknownColumn(let path, let column, let columns):
            return "\(path): there is no column \"\(column)\"; its columns are \(Self.list(columns))"
        case .unsupportedColumn(let path, let column, let type):
            return
                "\(path): the column \"\(column)\" is of type \(type), which cannot be used; leave it out or convert it"
        case .conflict(let path, let column, let reason):
            return "\(path): the column \"\(column)\" has \(reason); write its values as one kind"
        case .unknownZone(let zone):
            return "there is no time zone \"\(zone)\"; use an IANA name such as Europe/London"
        case .badFormat(let format, let directive):
            return """
                the timestamp format \"\(format)\" has \"\(directive)\", which is not understood; use %Y %y %m %d %e %j %H \
                %I %M %S %f %p %b %B %a %A %z %Z %T %D %F %R %s %%
                """
        case .unwritable(let path, let reason):
            return "\(path): cannot be written: \(reason)"
        }
    }

    private static func list(_ columns: [String]) -> String {
        let shown = columns.prefix(20).joined(separator: ", ")
        return columns.count > 20 ? "\(shown) and \(columns.count - 20) more" : shown
    }
}
