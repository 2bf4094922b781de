/// Appends to `buffer` the values of the listed rows.
///
/// - Precondition: every row is one of `values`.
func appendValues<Value: BitwiseCopyable>(_ rows: [UInt32], of values: [Value], to buffer: inout [Value]) {
    guard let last = rows.last, let some = values.first else {
        precondition(rows.isEmpty)
        return
    }
    // Rows ascend, so that the last one speaks for all.
    precondition(Int(last) < values.count)
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(some, count: rows.count))
    buffer.withUnsafeMutableBufferPointer { buffer in
        values.withUnsafeBufferPointer { values in
            rows.withUnsafeBufferPointer { rows in
                guard let target = buffer.baseAddress, let source = values.baseAddress, let rows = rows.baseAddress
                else { return }
                for index in 0..<(buffer.count - start) { target[start &+ index] = source[Int(rows[index])] }
            }
        }
    }
}

/// How many of the listed rows are of each code below `codeCount`, among those whose value is there.
///
/// - Precondition: rows ascend and are rows of `codes`, whose codes there are 0..<codeCount.
func countsByCode(
    _ rows: [UInt32], _ codes: [Int32], codeCount: Int, where isThere: (Int) -> Bool
) -> [Int] {
    var counts = [Int](repeating: 0, count: codeCount)
    guard let last = rows.last else { return counts }
    precondition(Int(last) < codes.count)
    counts.withUnsafeMutableBufferPointer { counts in
        codes.withUnsafeBufferPointer { codes in
            for row in rows where isThere(Int(row)) { counts[Int(codes[Int(row)])] &+= 1 }
        }
    }
    return counts
}
