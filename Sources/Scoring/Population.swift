import Bytes

/// How many profiles there are of a kind, and how many outcomes are expected of them; sums over shards.
package struct Population: PlainBytes, Sendable, Equatable {
    package var profiles: Int64 = 0
    /// Sum of probabilities, in units of 2^-32.
    package var probability: Int64 = 0

    package init(profiles: Int64 = 0, probability: Int64 = 0) {
        self.profiles = profiles
        self.probability = probability
    }

    package var expectedOutcomes: Double { Double(probability) * 0x1p-32 }
    package var meanProbability: Double { profiles == 0 ? 0 : expectedOutcomes / Double(profiles) }

    package mutating func add(probability value: Double) {
        profiles += 1
        probability += Int64((value * 0x1p32).rounded())
    }

    /// Whether it is one that a task can have counted.
    package var isPossible: Bool {
        0...ByteReader.mostCounted ~= profiles && 0...Double(profiles) ~= expectedOutcomes
    }

    package mutating func add(_ other: Population) {
        profiles &+= other.profiles
        probability &+= other.probability
    }
}
