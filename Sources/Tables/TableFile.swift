internal import ArrowBridge

/// What one reader reads of a file.
public enum FilePart: Sendable, Equatable {
    /// Of a Parquet file.
    case rowGroups(Range<Int>)
    /// Of a CSV or JSON file, whole rows.
    case bytes(Range<Int>)
}

/// The shape of a file of rows: its columns, and where it can be cut. Holds no descriptor; a reader opens the file anew.
///
/// The kinds of CSV columns, and whether JSON texts are timestamps, are inferred from the first 20,000 rows; their
/// values are read as text and converted by `Column.numbers()`, `.timestamps(...)` and `.texts()`, so that a stray text
/// in a numeric column is one unreadable value and not an error.
///
/// JSON texts among numbers in one field make it a text field. Fields of objects, arrays or booleans in some rows and other
/// kinds in others cannot be used.
///
/// Cost: Parquet and Arrow files, their footer; CSV, 20,000 rows; JSON, one pass over the file, because a field may
/// appear for the first time in its last row.
public struct TableFile: Sendable {
    public let path: String
    public let format: FileFormat
    public let schema: Schema
    /// The rows of each row group of a Parquet file; empty for other formats.
    public let rowGroups: [Int]
    /// The size of the file.
    public let byteCount: Int
    let delimiter: UInt8
    let jsonTypes: [UInt8]
    /// The bridge's columns of the schema's fields, then of its records.
    private let columns: [[Int]]

    static let inferredRows = 20_000

    /// What it took a pass over a JSON file to find out, so that others may open it without; empty of other formats.
    public var foundTypes: [UInt8] { format == .jsonLines ? jsonTypes : [] }

    /// Opens the file at a local path. Throws when it is missing, empty or cannot be read, and when two columns bear
    /// the same name. A file of columns without rows is refused too, unless `allowingNoRows`.
    ///
    /// With the `foundTypes` of an earlier opening a JSON file is not looked through again. It has the same columns, of
    /// which those of timestamps are told as texts.
    public init(path: String, allowingNoRows: Bool = false, foundTypes: [UInt8] = []) throws(TableError) {
        if path.contains("://") { throw .remote(path: path) }
        var place = ab_place()
        guard ab_look(path, &place) == 0 else { throw .missing(path: path) }
        if place.is_directory != 0 { throw .unreadable(path: path, reason: "it is a directory; give the files in it") }
        if place.size == 0 { throw .noBytes(path: path) }

        let head: [UInt8]
        let format: FileFormat
        let delimiter: UInt8
        let shape: FileShape
        do throws(BridgeFailure) {
            head = try firstBytes(of: path, count: 1 << 16)
        } catch {
            throw error.reading(path)
        }
        if head.isEmpty { throw .noBytes(path: path) }
        format = try FileFormat.detect(path: path, head: head)
        delimiter = csvDelimiter(header: head)
        let isKnown = format == .jsonLines && !foundTypes.isEmpty
        do throws(BridgeFailure) {
            shape =
                isKnown
                ? try FileShape(jsonTypes: foundTypes)
                : try FileShape(path: path, format: format, delimiter: delimiter)
        } catch {
            throw error.reading(path)
        }
        if shape.schema.fields.isEmpty, shape.schema.records.isEmpty { throw .noHeader(path: path) }
        var names: Set<String> = []
        for field in shape.schema.fields where !names.insert(field.name).inserted {
            throw .duplicateColumn(path: path, column: field.name)
        }
        if !shape.hasRows, !allowingNoRows { throw .noRows(path: path) }

        self.path = path
        self.format = format
        self.delimiter = delimiter
        byteCount = Int(place.size)
        rowGroups = shape.rowGroups
        jsonTypes = shape.jsonTypes
        columns = shape.columns
        switch format {
        case .jsonLines where isKnown, .parquet, .arrow:
            schema = shape.schema
        case .csv, .jsonLines:
            let fields = shape.schema.fields
            let places = fields.indices.filter { fields[$0].kind == .text }
            let requests = places.map { place in
                let steps = fields[place].steps
                return ColumnRequest(columns: shape.columns[place], steps: steps, choices: steps.map { _ in .all })
            }
            let reader = try TableReader(
                path: path, format: format, delimiter: delimiter, jsonTypes: jsonTypes, requests: requests,
                names: places.map { fields[$0].name })
            var inferences = [KindInference](repeating: KindInference(), count: places.count)
            var rows = 0
            while rows < Self.inferredRows, let table = try reader.next() {
                for (index, column) in table.columns.enumerated() {
                    if case .texts(let texts) = column.values {
                        inferences[index].add(texts, rows: min(table.rowCount, Self.inferredRows - rows))
                    }
                }
                rows += table.rowCount
            }
            var inferred = shape.schema
            for (index, place) in places.enumerated() {
                // JSON says itself what is a number: a text of digits is meant as text.
                let kind = inferences[index].kind
                if format == .csv || kind == .timestamp { inferred.fields[place].kind = kind }
            }
            schema = inferred
        }
    }

    /// The parts of a CSV or JSON file of some `partBytes` each, cut between rows; empty where it cannot be cut, because it
    /// is smaller, compressed or one JSON array, and of other formats.
    ///
    /// Cost: a look at every quote of a CSV file, or at the lines around each cut of a JSON file.
    public func parts(ofBytes partBytes: Int) throws(TableError) -> [FilePart] {
        guard format == .csv || format == .jsonLines, byteCount >= 2 * partBytes else { return [] }
        do throws(BridgeFailure) {
            let cuts = try textCuts(
                of: path, format: format, delimiter: delimiter, byteCount: byteCount, wanted: partBytes)
            return cuts.isEmpty ? [] : zip([0] + cuts, cuts + [byteCount]).map { .bytes($0..<$1) }
        } catch {
            throw error.reading(path)
        }
    }

    /// A reader of some columns, given by their paths (see `Schema.field(_:)`), which come under these and in the order
    /// asked, and of a part of the file (nil: all).
    ///
    /// Throws when there is no such column or part, or the column's type cannot be used.
    public func reader(columns: [String], part: FilePart? = nil) throws(TableError) -> TableReader {
        var requests: [ColumnRequest] = []
        for column in columns {
            guard let found = schema.resolve(column) else {
                throw .unknownColumn(path: path, column: column, columns: schema.fields.map(\.name))
            }
            if case .unsupported(let type) = found.kind {
                throw .unsupportedColumn(path: path, column: column, type: type)
            }
            requests.append(
                ColumnRequest(
                    columns: self.columns[found.place], steps: found.field.steps, choices: found.choices))
        }
        switch part {
        case .rowGroups(let range) where range.lowerBound < 0 || range.upperBound > rowGroups.count:
            let reason = "row groups \(range) are asked of a file that has \(rowGroups.count)"
            throw .unreadable(path: path, reason: reason)
        case .bytes(let range) where range.lowerBound < 0 || range.isEmpty || range.upperBound > byteCount:
            throw .unreadable(path: path, reason: "bytes \(range) are asked of a file that has \(byteCount)")
        default: break
        }
        return try TableReader(
            path: path, format: format, delimiter: delimiter, jsonTypes: jsonTypes, requests: requests, names: columns,
            part: part)
    }
}
