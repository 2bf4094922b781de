/// Writes the bin of each number in a column: 1 + how many `edges` are less than it, 0 for NaN.
///
/// - Parameters:
///   - edges: ascending, at most 254.
///   - bins: made as long as `column`.
///
/// A branch-free search over the edges padded to a power of two: 2 ns a value, whatever the values are.
package func numericBins(of column: [Float], edges: [Float], into bins: inout [UInt8]) {
    numericBins(of: column[...], edges: edges, into: &bins)
}

/// As for a whole column.
package func numericBins(of column: ArraySlice<Float>, edges: [Float], into bins: inout [UInt8]) {
    precondition(edges.count <= FeatureBins.maximumBinCount - 2, "a bin is one byte")
    if bins.count != column.count { bins = [UInt8](repeating: 0, count: column.count) }
    var size = 1
    while size < edges.count + 1 { size *= 2 }
    // No value is above infinity, so the padding never counts.
    let padded = edges + [Float](repeating: .infinity, count: size - edges.count)
    column.withUnsafeBufferPointer { column in
        padded.withUnsafeBufferPointer { padded in
            bins.withUnsafeMutableBufferPointer { bins in
                guard let values = column.baseAddress, let edges = padded.baseAddress, let out = bins.baseAddress
                else { return }
                switch size {
                case 1: search(values, edges, out, column.count, firstStep: 0)
                case 2: search(values, edges, out, column.count, firstStep: 1)
                case 4: search(values, edges, out, column.count, firstStep: 2)
                case 8: search(values, edges, out, column.count, firstStep: 4)
                case 16: search(values, edges, out, column.count, firstStep: 8)
                case 32: search(values, edges, out, column.count, firstStep: 16)
                case 64: search(values, edges, out, column.count, firstStep: 32)
                case 128: search(values, edges, out, column.count, firstStep: 64)
                default: search(values, edges, out, column.count, firstStep: 128)
                }
            }
        }
    }
}

/// `firstStep` is a literal at each call so that the loop over the steps unrolls.
@inline(__always)
private func search(
    _ values: UnsafePointer<Float>, _ edges: UnsafePointer<Float>, _ bins: UnsafeMutablePointer<UInt8>, _ count: Int,
    firstStep: Int
) {
    for i in 0..<count {
        let value = values[i]
        var less = 0
        var step = firstStep
        while step > 0 {
            // Arithmetic on the answer: of a choice between two values the compiler makes branches that nobody can predict.
            less &+= (edges[less &+ step &- 1] < value ? 1 : 0) &* step
            step &>>= 1
        }
        bins[i] = value.isNaN ? 0 : UInt8(truncatingIfNeeded: less &+ 1)
    }
}
