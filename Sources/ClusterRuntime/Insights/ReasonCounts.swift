import Bytes
import Explaining

/// How many profiles of each bucket have which factor among their important ones, and what is expected of them; sums
/// over shards. What segments suggest themselves is read off it.
struct ReasonCounts: ByteCodable, Equatable {
    /// Factors count from this importance on.
    static let importance = Importance.medium

    /// Features of the model.
    let features: Int
    /// By bucket, then feature, then direction: raises, lowers.
    private var populations: [Population]

    init(features: Int) {
        self.features = features
        populations = Array(repeating: Population(), count: Bucket.allCases.count * features * 2)
    }

    subscript(_ bucket: Bucket, _ feature: Int, _ direction: Direction) -> Population {
        populations[place(bucket, feature, direction)]
    }

    /// Adds a profile and its most influential factors.
    mutating func add(_ factors: [Factor], bucket: Bucket, probability: Double) {
        for factor in factors where factor.importance.rawValue >= Self.importance.rawValue {
            populations[place(bucket, factor.feature, factor.direction)].add(probability: probability)
        }
    }

    /// Adds other profiles. Commutes and associates.
    mutating func add(_ other: ReasonCounts) {
        for index in populations.indices { populations[index].add(other.populations[index]) }
    }

    private func place(_ bucket: Bucket, _ feature: Int, _ direction: Direction) -> Int {
        (Int(bucket.rawValue) * features + feature) * 2 + (direction == .raises ? 0 : 1)
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(features))
        writer.write(array: populations)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        features = Int(try reader.read(UInt32.self))
        populations = try reader.readArray()
        guard populations.count == Bucket.allCases.count * features * 2, populations.allSatisfy(\.isPossible) else {
            throw .badValue("reasons", offset: reader.offset)
        }
    }
}
