internal import ArrowBridge

/// Reads a file batch by batch, on the calling thread and in bounded memory. Made by `TableFile.reader(columns:)`.
///
/// A class because it owns an open file and a position in it; not to be shared between threads.
public final class TableReader {
    /// The most rows of a batch.
    public static let batchRows = 65_536

    private let path: String
    private let names: [String]
    /// How many of the bridge's columns make up each column.
    private let widths: [Int]
    private let reader: OpaquePointer

    init(
        path: String, format: FileFormat, delimiter: UInt8, jsonTypes: [UInt8], requests: [ColumnRequest],
        names: [String], part: FilePart? = nil
    ) throws(TableError) {
        self.path = path
        self.names = names
        widths = requests.map(\.columns.count)
        do throws(BridgeFailure) {
            reader = try openReader(
                path: path, format: format, delimiter: delimiter, jsonTypes: jsonTypes, requests: requests,
                part: part, batchRows: Self.batchRows)
        } catch {
            throw error.reading(path)
        }
    }

    deinit { ab_reader_free(reader) }

    /// Rows left out so far: of a CSV file those that have not as many fields as the header, of a JSON array its nulls.
    public var skippedRows: Int { Int(ab_reader_skipped(reader)) }

    /// The next batch, of 1 to 65,536 rows; nil at the end.
    ///
    /// Numbers of missing rows are NaN, other values 0 or false, whatever the file holds there. Unsigned integers past
    /// Int64 come as a batch of texts, digit for digit. Texts that are not UTF-8 are repaired with U+FFFD.
    public func next() throws(TableError) -> Table? {
        do throws(BridgeFailure) {
            guard let batch = try ArrowBatch(next: reader) else { return nil }
            let table = batch.table(names: zip(names, widths).flatMap { Array(repeating: $0, count: $1) })
            return widths.allSatisfy({ $0 == 1 }) ? table : joined(table)
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
