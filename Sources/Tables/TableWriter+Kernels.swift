internal import ArrowBridge

/// An open writer, to be freed with `ab_writer_free`.
func openWriter(path: String, schema: [Field], compression: String) throws(BridgeFailure) -> OpaquePointer {
    let kinds = schema.compactMap { $0.kind.bridged }
    // All names in one buffer, and where each begins in it.
    var names: [CChar] = []
    var starts: [Int] = []
    for field in schema {
        starts.append(names.count)
        names.append(contentsOf: field.name.utf8CString)
    }
    var opened: OpaquePointer?
    try bridged { error in
        names.withUnsafeBufferPointer { names in
            let pointers: [UnsafePointer<CChar>?] = starts.map { names.baseAddress! + $0 }
            return ab_writer_open(path, pointers, kinds, Int32(kinds.count), compression, &opened, error)
        }
    }
    guard let opened else { throw .failed("Apache Arrow gave no writer") }
    return opened
}

/// Gives a column of the next batch to the writer, which copies it. The column and its `valid` are of one length.
func append(_ column: Column, to writer: OpaquePointer) throws(BridgeFailure) {
    let rows = Int64(column.count)
    switch column.values {
    case .booleans(let values): try append(values, rows, valid: column.valid, to: writer)
    case .integers(let values), .timestamps(let values): try append(values, rows, valid: column.valid, to: writer)
    case .numbers(let values):
        let hasNaN = values.contains { $0.isNaN }
        let valid = hasNaN ? values.indices.map { !column.isMissing($0) } : column.valid
        try append(values, rows, valid: valid, to: writer)
    case .lists: throw .failed("the column \"\(column.name)\" holds lists, which are not written")
    case .texts(let texts):
        var offsets: [Int64] = [0]
        var bytes: [UInt8] = []
        for text in texts.dictionary {
            bytes.append(contentsOf: text.utf8)
            offsets.append(Int64(bytes.count))
        }
        try bridged { error in
            ab_writer_column(
                writer, texts.codes, rows, nil, offsets, Int64(texts.dictionary.count), bytes, error)
        }
    }
}

private func append<Value: BitwiseCopyable>(
    _ values: [Value], _ rows: Int64, valid: [Bool]?, to writer: OpaquePointer
) throws(BridgeFailure) {
    try bridged { error in
        values.withUnsafeBytes { values in
            guard let valid else {
                return ab_writer_column(writer, values.baseAddress, rows, nil, nil, 0, nil, error)
            }
            return valid.withUnsafeBytes { valid in
                ab_writer_column(
                    writer, values.baseAddress, rows, valid.bindMemory(to: UInt8.self).baseAddress, nil, 0, nil, error)
            }
        }
    }
}
