package import Bytes
package import InstanceFile
package import Learning

/// How many profiles of each bucket have which factor among their important ones, and what is expected of them; sums
/// over shards. What segments suggest themselves, and by which values, is read off it.
package struct ReasonCounts: ByteCodable, Equatable {
    /// Factors count from this importance on.
    package static let importance = Importance.medium

    /// Where each feature's bins are; one more than the model has features.
    private let offsets: [Int]
    /// By bucket, then feature, then direction: raises, lowers.
    private var populations: [Population]
    /// Profiles by bucket, then direction, then feature, then bin.
    private var values: [Int64]

    private static let kinds = Bucket.allCases.count * 2
    private var features: Int { offsets.count - 1 }

    /// Features that the model does not use are nobody's reason, and have no bins here.
    package init(of model: Model) {
        let used = Set(model.ensemble.usedFeatures)
        let binCounts = model.features.enumerated().map { used.contains($0) ? $1.bins.binCount : 0 }
        offsets = binCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        populations = Array(repeating: Population(), count: Self.kinds * binCounts.count)
        values = Array(repeating: 0, count: Self.kinds * offsets[binCounts.count])
    }

    package func fits(_ other: ReasonCounts) -> Bool { offsets == other.offsets }

    package subscript(_ bucket: Bucket, _ feature: Int, _ direction: Direction) -> Population {
        populations[place(bucket, feature, direction)]
    }

    /// In which bins those profiles' values are.
    package func values(_ bucket: Bucket, _ feature: Int, _ direction: Direction) -> ArraySlice<Int64> {
        let start = start(bucket, direction)
        return values[(start + offsets[feature])..<(start + offsets[feature + 1])]
    }

    /// Adds a profile and its most influential factors.
    package mutating func add(
        _ factors: [Factor], bucket: Bucket, probability: Double, bin: (_ feature: Int) -> UInt8
    ) {
        for factor in factors where factor.importance.rawValue >= Self.importance.rawValue {
            populations[place(bucket, factor.feature, factor.direction)].add(probability: probability)
            values[start(bucket, factor.direction) + offsets[factor.feature] + Int(bin(factor.feature))] += 1
        }
    }

    /// Adds other profiles. Commutes and associates.
    package mutating func add(_ other: ReasonCounts) {
        for index in populations.indices { populations[index].add(other.populations[index]) }
        for index in values.indices { values[index] &+= other.values[index] }
    }

    private func place(_ bucket: Bucket, _ feature: Int, _ direction: Direction) -> Int {
        (Int(bucket.rawValue) * features + feature) * 2 + (direction == .raises ? 0 : 1)
    }

    /// Where a bucket's and a direction's values begin.
    private func start(_ bucket: Bucket, _ direction: Direction) -> Int {
        (Int(bucket.rawValue) * 2 + (direction == .raises ? 0 : 1)) * offsets[features]
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(array: offsets.map(UInt32.init))
        writer.write(array: populations)
        writer.write(narrow: values)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let offsets = try reader.readArray(of: UInt32.self).map(Int.init)
        self.offsets = offsets
        populations = try reader.readArray()
        values = try reader.readNarrow()
        guard offsets.first == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            populations.count == Self.kinds * (offsets.count - 1), populations.allSatisfy(\.isPossible),
            values.count == Self.kinds * (offsets.last ?? 0), values.allSatisfy({ 0...ByteReader.mostCounted ~= $0 })
        else {
            throw .badValue("reasons", offset: reader.offset)
        }
    }
}
