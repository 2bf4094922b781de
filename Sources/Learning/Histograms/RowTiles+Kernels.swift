import Glibc

/// The bins row by row, as histograms want them: tiles of 64 features, in each of them one cache line a row.
///
/// With up to 64 bins a tile's sums (64 x 72 x 8 bytes) stay in the first-level cache however many features there are.
final class RowTiles: @unchecked Sendable {
    // Sendable because the bytes are written in `init` alone.
    static let width = 64
    private static let largePage = 2 << 20

    let rows: Int
    let features: Int
    private let bytes: UnsafeMutablePointer<UInt8>

    var tiles: Int { (features + Self.width - 1) / Self.width }

    /// Cost: one transposition, some 3 ns a row and line.
    init(_ matrix: BinnedMatrix) {
        rows = matrix.rows
        features = matrix.features
        let size = max(1, (features + Self.width - 1) / Self.width * rows * Self.width)
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: size < Self.largePage ? Self.width : Self.largePage)
        // Rows of a node lie apart: with small pages finding their addresses takes long. Where it is refused all works as well.
        if size >= Self.largePage { madvise(raw, size, MADV_HUGEPAGE) }
        bytes = raw.bindMemory(to: UInt8.self, capacity: size)
        bytes.initialize(repeating: 0, count: size)
        let (bytes, rows, features) = (bytes, rows, features)
        matrix.withColumns { columns, stride in
            // 256 rows of a tile are 16 KiB: read and written within the first-level cache.
            var first = 0
            while first < rows {
                let end = min(rows, first + 256)
                for feature in 0..<features {
                    let column = columns + feature &* stride
                    let tile = bytes + (feature / Self.width) &* rows &* Self.width + feature % Self.width
                    for row in first..<end { tile[row &* Self.width] = column[row] }
                }
                first = end
            }
        }
    }

    deinit { bytes.deallocate() }

    /// The first line of a tile, and how many of its 64 features are in use.
    func tile(_ index: Int) -> (lines: UnsafePointer<UInt8>, features: Int) {
        let start = index * Self.width
        return (UnsafePointer(bytes + start * rows), min(Self.width, features - start))
    }
}
