internal import ArrowBridge

/// Reads a file batch by batch, on the calling thread and in bounded memory. Made by `TableFile.reader(columns:)`.
///
/// A class because it owns an open file and a position in it; not to be shared between threads.
package final class TableReader {
    /// The most rows of a batch.
    package static let batchRows = 65_536

    private let path: String
    private let names: [String]
    /// How many of the bridge's columns make up each column.
    private let widths: [Int]
    private let reader: OpaquePointer
    /// Columns of one value in every row, and their places among the others.
    var constants: [(place: Int, name: String, value: String?)] = []
    /// How numbers are written, and in which columns; nil: as programs do.
    var style: (NumberStyle, columns: Set<String>)?

    init(
        path: String, format: FileFormat, layout: TextLayout, jsonTypes: [UInt8], requests: [ColumnRequest],
        names: [String], part: FilePart? = nil
    ) throws(TableError) {
        self.path = path
        self.names = names
        widths = requests.map(\.columns.count)
        do throws(BridgeFailure) {
            reader = try openReader(
                path: path, format: format, layout: layout, jsonTypes: jsonTypes, requests: requests,
                part: part, batchRows: Self.batchRows)
        } catch {
            throw error.reading(path)
        }
    }

    deinit { ab_reader_free(reader) }

    /// Rows left out so far: of a CSV file those that have not as many fields as the header, of JSON what is no object.
    package var brokenRows: BrokenRows { BrokenRows(ofReader: reader) }

    /// The next batch, of 1 to 65,536 rows; nil at the end.
    ///
    /// Numbers of missing rows are NaN, other values 0 or false, whatever the file holds there. Unsigned integers past
    /// Int64 come as a batch of texts, digit for digit. Texts that are not UTF-8 are repaired with U+FFFD, but for columns
    /// that are read exactly.
    package func next() throws(TableError) -> Table? {
        do throws(BridgeFailure) {
            guard let batch = try ArrowBatch(next: reader) else { return nil }
            var table = batch.table(names: zip(names, widths).flatMap { Array(repeating: $0, count: $1) })
            if !widths.allSatisfy({ $0 == 1 }) { table = joined(table) }
            if let (style, columns) = style {
                table.columns = table.columns.map { columns.contains($0.name) ? $0.restyled(style) : $0 }
            }
            for constant in constants {
                let texts = TextValues(
                    codes: [Int32](repeating: constant.value == nil ? -1 : 0, count: table.rowCount),
                    dictionary: constant.value.map { [$0] } ?? [])
                table.columns.insert(Column(name: constant.name, values: .texts(texts)), at: constant.place)
            }
            return table
        } catch {
            throw error.reading(path)
        }
    }

    private func joined(_ table: Table) -> Table {
        var rest = table.columns[...]
        let columns = widths.map { width in
            let parts = rest.prefix(width)
            rest = rest.dropFirst(width)
            return parts.dropFirst().reduce(parts[parts.startIndex]) { $0.filled(from: $1) }
        }
        return Table(columns: columns, rowCount: table.rowCount)
    }
}
