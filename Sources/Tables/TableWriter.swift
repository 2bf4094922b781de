internal import ArrowBridge

/// Writes a Parquet file, batch by batch: int64, double, boolean, string and timestamp[us, UTC] columns that may be null,
/// in row groups of 1,048,576 rows with statistics.
///
/// The same tables give the same bytes: nothing of the time, the machine or the run is in them. The file stands at its
/// path from the first write on; who wants it whole or not at all writes elsewhere and renames after `close()`.
package final class TableWriter {
    package enum Compression: String, Sendable, CaseIterable { case zstd, snappy }

    private let path: String
    private let schema: [Field]
    private let writer: OpaquePointer
    private var isClosed = false

    /// Throws when the file cannot be made, and when a field is of a kind that cannot be written.
    ///
    /// - Parameter descriptor: an open file that is written to instead of what stands at `path`, which is named in errors
    ///   only; it stays the caller's.
    package init(
        path: String, descriptor: Int32? = nil, schema: [Field], compression: Compression = .zstd
    ) throws(TableError) {
        self.path = path
        self.schema = schema
        for field in schema {
            switch field.kind {
            case .boolean, .integer, .number, .timestamp, .text, .empty: break
            case .list: throw .unsupportedColumn(path: path, column: field.name, type: "list")
            case .unsupported(let type): throw .unsupportedColumn(path: path, column: field.name, type: type)
            }
        }
        do throws(BridgeFailure) {
            // The same file, whatever has become of its name: the way of Linux to open a descriptor once more.
            let place = descriptor.map { "/proc/self/fd/\($0)" } ?? path
            writer = try openWriter(path: place, schema: schema, compression: compression.rawValue)
        } catch {
            throw error.writing(path)
        }
    }

    deinit { ab_writer_free(writer) }

    /// Adds the table's rows. Its columns are found by name, in any order; others than the schema's are left out. Missing
    /// values, NaN among them, are written as null.
    ///
    /// Throws when a column is not there, is of another kind or another length, and when the disk is full.
    package func write(_ table: Table) throws(TableError) {
        if isClosed { throw .unwritable(path: path, reason: "the file is closed already") }
        do throws(BridgeFailure) {
            var columns: [Column] = []
            for field in schema {
                guard let column = table.column(field.name) else { throw .failed("no column \"\(field.name)\"") }
                guard column.values.kind == field.kind else {
                    throw .failed("the column \"\(field.name)\" holds \(column.values.kind)s, not \(field.kind)s")
                }
                guard column.count == table.rowCount, column.valid?.count ?? table.rowCount == table.rowCount else {
                    throw .failed("the column \"\(field.name)\" has not the table's \(table.rowCount) rows")
                }
                columns.append(column)
            }
            for column in columns { try append(column, to: writer) }
            try bridged { ab_writer_flush(writer, Int64(table.rowCount), $0) }
        } catch {
            throw error.writing(path)
        }
    }

    /// Writes the footer; without it the file cannot be read.
    package func close() throws(TableError) {
        if isClosed { return }
        isClosed = true
        do throws(BridgeFailure) {
            try bridged { ab_writer_close(writer, $0) }
        } catch {
            throw error.writing(path)
        }
    }
}

extension Column.Values {
    /// The kind of column that holds such values.
    package var kind: ColumnKind {
        switch self {
        case .booleans: .boolean
        case .integers: .integer
        case .numbers: .number
        case .timestamps: .timestamp
        case .texts: .text
        case .lists(let lists): .list(lists.items.values.kind)
        }
    }
}
