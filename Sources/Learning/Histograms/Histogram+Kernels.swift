import CPrefetch

/// Adds up the gradients of listed rows into a node's bins.
///
/// Both sums of a bin share one 64-bit word (gradient in the upper half), so that a row and feature costs one addition. The
/// words are unloaded into the histogram's wide sums before the lower half can overflow.
struct HistogramAccumulator: Sendable {
    /// The lower half holds the hessians of 2^24 rows (255 each); the upper half reaches less.
    static let rowsBeforeUnloading = 1 << 22

    /// Words from one feature to the next: some more than a power of two, or hot bins of all features would meet in the same cache set
    /// (7 times slower on skewed features).
    private enum Stride { static let bins64 = 72, bins128 = 136, bins256 = 264 }

    private let layout: HistogramLayout
    private let stride: Int
    private var words: [Int64]

    init(layout: HistogramLayout) {
        self.layout = layout
        let widest = layout.binCounts.max() ?? 0
        stride = widest <= 64 ? Stride.bins64 : widest <= 128 ? Stride.bins128 : Stride.bins256
        words = [Int64](repeating: 0, count: stride * RowTiles.width)
    }

    /// Adds the rows `rows[range]` to `node` of `histogram`. `gradients` holds each row's two bytes, see `PackedGradient`.
    mutating func add(
        _ rows: [UInt32], _ range: Range<Int>, tiles: RowTiles, gradients: [UInt16], to histogram: inout Histogram,
        node: Int
    ) {
        precondition(
            gradients.count == tiles.rows && tiles.features == layout.features && range.upperBound <= rows.count)
        let stride = self.stride
        for tile in 0..<tiles.tiles {
            let (lines, features) = tiles.tile(tile)
            var first = range.lowerBound
            while first < range.upperBound {
                let end = min(range.upperBound, first + Self.rowsBeforeUnloading)
                words.withUnsafeMutableBufferPointer { words in
                    rows.withUnsafeBufferPointer { rows in
                        gradients.withUnsafeBufferPointer { gradients in
                            guard let words = words.baseAddress, let rows = rows.baseAddress,
                                let gradients = gradients.baseAddress
                            else { return }
                            let list = rows + first
                            switch stride {
                            case 72: accumulate(list, end - first, lines, features, gradients, words, stride: 72)
                            case 136: accumulate(list, end - first, lines, features, gradients, words, stride: 136)
                            default: accumulate(list, end - first, lines, features, gradients, words, stride: 264)
                            }
                        }
                    }
                }
                unload(firstFeature: tile * RowTiles.width, features: features, into: &histogram, node: node)
                first = end
            }
        }
    }

    /// Adds the words to the wide sums and clears them.
    private mutating func unload(firstFeature: Int, features: Int, into histogram: inout Histogram, node: Int) {
        let start = node * layout.totalBins
        for local in 0..<features {
            let target = start + layout.offsets[firstFeature + local]
            for bin in 0..<layout.binCounts[firstFeature + local] {
                let word = words[local * stride + bin]
                let hessian = word & 0xFFFF_FFFF
                histogram.gradients[target + bin] &+= (word &- hessian) &>> 32
                histogram.hessians[target + bin] &+= hessian
                words[local * stride + bin] = 0
            }
        }
    }
}

/// How many rows ahead a line is asked for: memory answers after some 100 ns, a row takes 15 to 30.
private let prefetchDistance = 16

/// `stride` is a literal at each call: as a variable it costs a quarter of the speed.
@inline(__always)
private func accumulate(
    _ rows: UnsafePointer<UInt32>, _ count: Int, _ lines: UnsafePointer<UInt8>, _ features: Int,
    _ gradients: UnsafePointer<UInt16>, _ words: UnsafeMutablePointer<Int64>, stride: Int
) {
    let prefetched = max(0, count - prefetchDistance)
    for i in 0..<prefetched {
        let ahead = Int(rows[i &+ prefetchDistance])
        prefetch_line(lines + ahead &* RowTiles.width)
        prefetch_line(gradients + ahead)
        addRow(Int(rows[i]), lines, features, gradients, words, stride)
    }
    for i in prefetched..<count { addRow(Int(rows[i]), lines, features, gradients, words, stride) }
}

@inline(__always)
private func addRow(
    _ row: Int, _ lines: UnsafePointer<UInt8>, _ features: Int, _ gradients: UnsafePointer<UInt16>,
    _ words: UnsafeMutablePointer<Int64>, _ stride: Int
) {
    let value = PackedGradient.word(gradients[row])
    var line = lines + row &* RowTiles.width
    var sums = words
    var left = features
    while left >= 8 {
        addEight(line, sums, value, stride)
        line += 8
        sums += 8 &* stride
        left &-= 8
    }
    while left > 0 {
        sums[Int(line[0])] &+= value
        line += 1
        sums += stride
        left &-= 1
    }
}

@inline(__always)
private func addEight(
    _ line: UnsafePointer<UInt8>, _ sums: UnsafeMutablePointer<Int64>, _ value: Int64, _ stride: Int
) {
    sums[Int(line[0])] &+= value
    sums[stride &+ Int(line[1])] &+= value
    sums[2 &* stride &+ Int(line[2])] &+= value
    sums[3 &* stride &+ Int(line[3])] &+= value
    sums[4 &* stride &+ Int(line[4])] &+= value
    sums[5 &* stride &+ Int(line[5])] &+= value
    sums[6 &* stride &+ Int(line[6])] &+= value
    sums[7 &* stride &+ Int(line[7])] &+= value
}
