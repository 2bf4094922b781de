package import Bytes
package import Learning

/// Sums and products of the features' bins over a sample of the scored profiles. Whole numbers, so that their order does not
/// matter.
package struct BinMoments: FieldCodable, Equatable {
    package private(set) var rows: Int64 = 0
    /// By feature; empty where nothing was added, as by most shards of many.
    private var sums: [Int64] = []
    /// Of each feature with itself and with those before it: row by row of a triangle.
    private var products: [Int64] = []
    package var features: Int { sums.count }

    /// A shard is a random part of all profiles; so many of its rows say how features go together.
    private static let rowLimit = 1024
    /// What a shard's products may cost.
    private static let productLimit = 1 << 26

    /// More features than these have a square that is too large, and too few rows to say anything of any two.
    private static let featureLimit = 1000

    package init() {}

    /// - Parameter scored: how many rows, from the first on, there are to choose from.
    package mutating func add(_ matrix: BinnedMatrix, rows scored: Int) {
        let features = matrix.features
        guard scored > 0, 1...Self.featureLimit ~= features else { return }
        if sums.isEmpty {
            sums = Array(repeating: 0, count: features)
            products = Array(repeating: 0, count: features * (features + 1) / 2)
        }
        let wanted = min(scored, Self.rowLimit, Self.productLimit / products.count)
        let chosen = (0..<wanted).map { $0 * scored / wanted }
        let columns = (0..<features).map { feature in
            let bins = matrix.bins(of: feature)
            return chosen.map { Int32(bins[bins.startIndex + $0]) }
        }
        rows += Int64(wanted)
        var place = 0
        for (feature, own) in columns.enumerated() {
            sums[feature] += own.reduce(0) { $0 + Int64($1) }
            for other in columns[...feature] {
                // 1024 products of two bytes.
                var sum: Int32 = 0
                for row in own.indices { sum &+= own[row] &* other[row] }
                products[place] += Int64(sum)
                place += 1
            }
        }
    }

    /// The square of two features' correlation, 0...1; 0 where one does not vary.
    package func squaredCorrelation(_ first: Int, _ second: Int) -> Double {
        guard max(first, second) < features else { return 0 }
        let count = Double(rows)
        func covariance(_ a: Int, _ b: Int) -> Double {
            let (low, high) = (min(a, b), max(a, b))
            return count * Double(products[high * (high + 1) / 2 + low]) - Double(sums[a]) * Double(sums[b])
        }
        let variances = covariance(first, first) * covariance(second, second)
        let both = covariance(first, second)
        return variances > 0 ? both * both / variances : 0
    }

    /// Whether both are of as many features; of none fits all.
    package func fits(_ other: BinMoments) -> Bool {
        sums.isEmpty || other.sums.isEmpty || features == other.features
    }

    /// Commutes and associates.
    package mutating func add(_ other: BinMoments) {
        guard !other.sums.isEmpty else { return }
        if sums.isEmpty {
            self = other
            return
        }
        rows &+= other.rows
        for index in sums.indices { sums[index] &+= other.sums[index] }
        for index in products.indices { products[index] &+= other.products[index] }
    }

    package static let fields = FieldList(filling: Self.init, \.rows, \.sums, \.products)
        .check("moments of bins") { moments in
            let highest = Int64(FeatureBins.maximumBinCount - 1)
            let (rows, features) = (moments.rows, moments.sums.count)
            return features <= featureLimit && moments.products.count == features * (features + 1) / 2
                && 0...Int64(rowLimit) << 32 ~= rows && moments.sums.allSatisfy { 0...(rows * highest) ~= $0 }
                && moments.products.allSatisfy { 0...(rows * highest * highest) ~= $0 }
        }
}
