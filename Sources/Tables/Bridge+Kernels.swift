internal import ArrowBridge

/// What a call into the bridge failed with.
enum BridgeFailure: Error {
    case failed(String)
    case conflict(column: String, reason: String)

    /// The error of a file that was being read.
    func reading(_ path: String) -> TableError {
        switch self {
        case .failed(let reason): .unreadable(path: path, reason: reason)
        case .conflict(let column, let reason): .conflict(path: path, column: column, reason: reason)
        }
    }

    func writing(_ path: String) -> TableError {
        switch self {
        case .failed(let reason), .conflict(_, let reason): .unwritable(path: path, reason: reason)
        }
    }
}

/// Calls the bridge and takes over the message that it leaves.
func bridged(_ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> ab_code) throws(BridgeFailure) {
    var message: UnsafeMutablePointer<CChar>?
    let code = call(&message)
    defer { ab_free(message) }
    if code == AB_OK { return }
    let text = message.map { String(cString: $0) } ?? "Apache Arrow gave no reason"
    guard code == AB_CONFLICT, let end = text.firstIndex(of: "\n") else { throw .failed(text) }
    throw .conflict(column: String(text[..<end]), reason: String(text[text.index(after: end)...]))
}

extension FileFormat {
    var bridged: ab_format {
        switch self {
        case .parquet: AB_PARQUET
        case .arrow: AB_ARROW
        case .csv: AB_CSV
        case .jsonLines: AB_JSON_LINES
        }
    }
}

extension ColumnKind {
    init(_ kind: ab_kind, type: String) {
        self =
            switch UInt8(bitPattern: kind) {
            case UInt8(ascii: "b"): .boolean
            case UInt8(ascii: "l"): .integer
            case UInt8(ascii: "g"): .number
            case UInt8(ascii: "t"): .timestamp
            case UInt8(ascii: "u"): .text
            default: .unsupported(type)
            }
    }

    /// nil of kinds that cannot be written.
    var bridged: ab_kind? {
        switch self {
        case .boolean: ab_kind(UInt8(ascii: "b"))
        case .integer: ab_kind(UInt8(ascii: "l"))
        case .number: ab_kind(UInt8(ascii: "g"))
        case .timestamp: ab_kind(UInt8(ascii: "t"))
        case .text: ab_kind(UInt8(ascii: "u"))
        case .unsupported: nil
        }
    }
}

/// A file's shape as the bridge reports it.
struct FileShape {
    var fields: [Field] = []
    var rowGroups: [Int] = []
    var hasRows = false
    /// The types of JSON Lines, to be handed back when reading.
    var jsonTypes: [UInt8] = []

    init(path: String, format: FileFormat, delimiter: UInt8) throws(BridgeFailure) {
        var opened: OpaquePointer?
        try bridged { ab_shape_open(path, format.bridged, CChar(bitPattern: delimiter), &opened, $0) }
        guard let shape = opened else { return }
        defer { ab_shape_free(shape) }
        for column in 0..<ab_shape_column_count(shape) {
            let type = String(cString: ab_shape_type(shape, column))
            fields.append(
                Field(
                    name: String(cString: ab_shape_name(shape, column)),
                    kind: ColumnKind(ab_shape_kind(shape, column), type: type)))
        }
        rowGroups = (0..<ab_shape_row_group_count(shape)).map { Int(ab_shape_row_group_rows(shape, $0)) }
        hasRows = ab_shape_has_rows(shape) != 0
        var count: Int64 = 0
        if let types = ab_shape_types(shape, &count) {
            jsonTypes = Array(UnsafeBufferPointer(start: types, count: Int(count)))
        }
    }
}

/// The first bytes of a file, decompressed: at most `count`.
func firstBytes(of path: String, count: Int) throws(BridgeFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var read: Int64 = 0
    try bridged { error in
        bytes.withUnsafeMutableBufferPointer { ab_head(path, $0.baseAddress, Int64(count), &read, error) }
    }
    bytes.removeLast(count - Int(read))
    return bytes
}

/// An open reader, to be freed with `ab_reader_free`.
func openReader(
    path: String, format: FileFormat, delimiter: UInt8, jsonTypes: [UInt8], places: [Int], rowGroups: Range<Int>?,
    batchRows: Int
) throws(BridgeFailure) -> OpaquePointer {
    let columns = places.map(Int32.init)
    var opened: OpaquePointer?
    try bridged { error in
        columns.withUnsafeBufferPointer { columns in
            jsonTypes.withUnsafeBufferPointer { types in
                var request = ab_request(
                    columns: columns.baseAddress, column_count: Int32(columns.count),
                    first_group: rowGroups.map { Int32($0.lowerBound) } ?? -1,
                    end_group: rowGroups.map { Int32($0.upperBound) } ?? -1, delimiter: CChar(bitPattern: delimiter),
                    types: types.baseAddress, type_bytes: Int64(types.count), batch_rows: Int64(batchRows))
                return ab_reader_open(path, format.bridged, &request, &opened, error)
            }
        }
    }
    guard let opened else { throw .failed("Apache Arrow gave no reader") }
    return opened
}
