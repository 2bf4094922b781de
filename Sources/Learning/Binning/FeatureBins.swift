package import Bytes

/// How a feature's values become bins, small whole numbers that training and scoring work on. Bin 0 is *missing*.
package enum FeatureBins: Sendable, Equatable {
    /// Ascending edges; a number's bin is 1 + how many of them are less than it.
    case numeric(edges: [Float])
    /// The bin of `values[i]` is i + 1; every other value is in the last bin, `values.count + 1`.
    case categorical(values: [String])

    /// The most bins any feature may have: a bin is one byte.
    package static let maximumBinCount = 256

    /// Bins of about equally many rows each (see `NumericSketch`).
    /// - Parameter maximumBins: with the missing one, 2...256.
    package static func numeric(from sketch: NumericSketch, maximumBins: Int) -> FeatureBins {
        .numeric(edges: sketch.edges(maximumBins: clamped(maximumBins) - 1))
    }

    /// A bin for each of the most frequent values, in the order of their outcome rates, and one for the others.
    /// - Parameter maximumBins: with the missing one and the others', 2...256.
    package static func categorical(from sketch: CategorySketch, maximumBins: Int) -> FeatureBins {
        .categorical(values: sketch.binOrder(maximumValues: clamped(maximumBins) - 2))
    }

    private static func clamped(_ maximumBins: Int) -> Int { min(max(maximumBins, 2), maximumBinCount) }

    /// How many bins there are, bin 0 included: 2...256.
    package var binCount: Int {
        switch self {
        case .numeric(let edges): edges.count + 2
        case .categorical(let values): values.count + 2
        }
    }

    /// The bin of a number; 0 of NaN. Categorical bins have none for numbers but the last.
    ///
    /// For one value at a time. Whole columns go through `numericBins(of:edges:into:)`.
    package func bin(of value: Float) -> UInt8 {
        if value.isNaN { return 0 }
        switch self {
        case .numeric(let edges):
            var less = 0
            for edge in edges where edge < value { less += 1 }
            return UInt8(less + 1)
        case .categorical(let values): return UInt8(values.count + 1)
        }
    }

    /// The bin of a category; 0 of nil. Cost: a look at up to 254 values, so look up each distinct value of a column once.
    package func bin(of value: String?) -> UInt8 {
        guard let value else { return 0 }
        switch self {
        case .numeric(let edges): return UInt8(edges.count + 1)
        case .categorical(let values):
            let index = values.firstIndex { $0.utf8.elementsEqual(value.utf8) } ?? values.count
            return UInt8(index + 1)
        }
    }
}

extension FeatureBins: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .numeric(let edges):
            writer.write(UInt8(0))
            writer.write(array: edges)
        case .categorical(let values):
            writer.write(UInt8(1))
            writer.write(values)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        switch try reader.read(UInt8.self) {
        case 0:
            let edges = try reader.readArray(of: Float.self)
            guard edges.count <= Self.maximumBinCount - 2 else { throw .badValue("number of edges", offset: start) }
            for index in edges.indices {
                guard index == 0 ? edges[0] == edges[0] : edges[index - 1] < edges[index] else {
                    throw .badValue("order of edges", offset: start)
                }
            }
            self = .numeric(edges: edges)
        case 1:
            let values = try reader.read([String].self)
            guard values.count <= Self.maximumBinCount - 2 else {
                throw .badValue("number of categories", offset: start)
            }
            let sorted = values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (left, right) in zip(sorted, sorted.dropFirst()) where left.utf8.elementsEqual(right.utf8) {
                throw .badValue("categories, one of them twice", offset: start)
            }
            self = .categorical(values: values)
        default: throw .badValue("kind of bins", offset: start)
        }
    }
}
