package import Bytes

/// The bins of a shard's rows: one byte a row and feature, column by column.
///
/// Columns are what binning writes, partitioning and scoring read; the row-wise copy that histograms want is made by
/// `ShardTrainer`, the only one to need it. Each column starts at a multiple of 64 rows and 64 bytes follow the last,
/// so that blocks of 64 rows may be read from any row on.
package struct BinnedMatrix: Sendable, Equatable {
    package let rows: Int
    package let features: Int
    /// Rows from one column's start to the next's.
    let stride: Int
    private let storage: [UInt8]

    static let blockRows = 64

    /// Makes a matrix from one column of bins after the other.
    ///
    /// - Parameters:
    ///   - rows: at most 2^31 - 1.
    ///   - fill: is given the feature's number and a column of `rows` zeros (all missing) to fill; bins past `rows` are cut off,
    ///     bins not given stay missing.
    package init<Failure: Error>(
        rows: Int, features: Int, fill: (_ feature: Int, _ column: inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(rows >= 0 && rows <= Self.maximumRows && features >= 0)
        let stride = Self.stride(of: rows)
        var storage = [UInt8](repeating: 0, count: stride * features + Self.blockRows)
        var column: [UInt8] = []
        for feature in 0..<features {
            column.removeAll(keepingCapacity: true)
            column.append(contentsOf: repeatElement(0, count: rows))
            try fill(feature, &column)
            let filled = min(rows, column.count)
            storage.replaceSubrange(feature * stride..<(feature * stride + filled), with: column[..<filled])
        }
        self.rows = rows
        self.features = features
        self.stride = stride
        self.storage = storage
    }

    static let maximumRows = Int(Int32.max)

    private static func stride(of rows: Int) -> Int { (rows + blockRows - 1) / blockRows * blockRows }

    /// The bin of one row and feature, for looking at few.
    package subscript(row: Int, feature: Int) -> UInt8 {
        precondition(row >= 0 && row < rows)
        return storage[feature * stride + row]
    }

    /// One feature's bins, row after row.
    package func bins(of feature: Int) -> ArraySlice<UInt8> { storage[feature * stride..<(feature * stride + rows)] }

    /// Gives the columns' bytes to kernels: feature f's row r is at `f * stride + r`, and 64 bytes can be read from there.
    package func withColumns<Result>(_ body: (_ columns: UnsafePointer<UInt8>, _ stride: Int) -> Result) -> Result {
        storage.withUnsafeBufferPointer { buffer in
            guard let columns = buffer.baseAddress else { preconditionFailure("the storage is never empty") }
            return body(columns, stride)
        }
    }

    /// The first feature that has a bin its `binCounts` does not allow; nil when all do. Cost: one pass over the bytes.
    package func firstFeatureOutOfRange(binCounts: [Int]) -> Int? {
        for feature in 0..<features {
            var highest: UInt8 = 0
            for bin in bins(of: feature) { highest = max(highest, bin) }
            if rows > 0 && Int(highest) >= binCounts[feature] { return feature }
        }
        return nil
    }
}

extension BinnedMatrix {
    /// - Parameter columns: each `rows` bins long, the features in their order.
    package init(columns: [[UInt8]], rows: Int) {
        precondition(columns.allSatisfy { $0.count == rows }, "columns of different length")
        self.init(rows: rows, features: columns.count) { $1 = columns[$0] }
    }

    /// The rows of several matrices, one after the other. They must have the same features; no matrix at all gives an empty one.
    package init(joining parts: [BinnedMatrix]) {
        let features = parts.first?.features ?? 0
        precondition(parts.allSatisfy { $0.features == features }, "matrices of different features")
        self.init(rows: parts.reduce(0) { $0 + $1.rows }, features: features) { feature, column in
            column.removeAll(keepingCapacity: true)
            for part in parts { column += part.bins(of: feature) }
        }
    }

    /// Some rows of several matrices, in the order given.
    package init(joining parts: [(matrix: BinnedMatrix, rows: [UInt32])]) {
        let features = parts.first?.matrix.features ?? 0
        precondition(parts.allSatisfy { $0.matrix.features == features }, "matrices of different features")
        self.init(rows: parts.reduce(0) { $0 + $1.rows.count }, features: features) { feature, column in
            var first = 0
            for (matrix, rows) in parts {
                matrix.copy(rows, of: feature, into: &column, at: first)
                first += rows.count
            }
        }
    }
}

extension BinnedMatrix: ByteCodable {
    /// Writes rows, features, and each column without its padding.
    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(rows))
        writer.write(UInt32(features))
        for feature in 0..<features { writer.write(array: Array(bins(of: feature))) }
    }

    /// Whether the bins are those of given features is for `ShardTrainer` to say.
    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let rows = Int(try reader.read(UInt32.self))
        let features = Int(try reader.read(UInt32.self))
        // Each column takes a count and its bins.
        let size = (rows + 4).multipliedReportingOverflow(by: features)
        guard rows <= Self.maximumRows, !size.overflow, size.partialValue <= reader.remaining else {
            throw .badValue("size of a binned matrix", offset: start)
        }
        try self.init(rows: rows, features: features) { (_, column: inout [UInt8]) throws(ByteError) in
            let offset = reader.offset
            column = try reader.readArray()
            guard column.count == rows else { throw .badValue("length of a column of bins", offset: offset) }
        }
    }
}
