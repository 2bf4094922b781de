package import Bytes
import Events

/// Which labelled rows a model is made of: of each kind one in so many, chosen by a hash, and counted for as many.
///
/// A model of a few hundred features learns nothing from tens of millions of rows that it does not learn from two million,
/// if those of the rarer outcome are among them: case-control sampling, with weights that keep probabilities what they are
/// (King and Zeng 2001). Held-out rows are chosen whatever their outcome, so that what is measured on them needs no weights.
///
/// A row is chosen by its profile, its snapshot and a seed alone, never by what shard or worker it is with.
package struct RowChoice: Sendable, Equatable {
    /// Of the rows to learn from without the outcome, and of all whose labels are numbers, one in so many; at least 1.
    package private(set) var without = 1
    /// The same, of those with the outcome.
    package private(set) var with = 1
    /// Of the rows of held-out profiles, one in so many.
    package private(set) var heldOut = 1
    private var seed: UInt64 = 0

    /// All rows.
    package init() {}

    package var isAll: Bool { without == 1 && with == 1 && heldOut == 1 }

    /// At most about `limit` rows to learn from, and a quarter as many to measure on, which is what they are of all.
    ///
    /// The rarer outcome gets as much as half of the rows; the other one the rest.
    package init(of counts: LabelCounts, limit: Int, seed: UInt64) {
        self.seed = seed
        let rarer = min(counts.with, counts.without, limit / 2)
        with = Self.every(counts.with, upTo: counts.with <= counts.without ? rarer : limit - rarer)
        without = Self.every(counts.without, upTo: counts.with <= counts.without ? limit - rarer : rarer)
        heldOut = Self.every(counts.heldOut, upTo: limit / 4)
    }

    private static func every(_ count: Int, upTo limit: Int) -> Int {
        max(1, (count + max(1, limit) - 1) / max(1, limit))
    }

    /// One in how many rows of its kind a row stands for.
    ///
    /// - Parameter outcome: 1 with it; anything else without it, or a number.
    package func every(outcome: UInt8, isHeldOut: Bool) -> Int {
        isHeldOut ? heldOut : outcome == 1 ? with : without
    }

    /// How many rows those to learn from stand for that stand for most.
    package var largestWeight: Double { Double(max(with, without)) }

    /// Over 0, to 1: what a row to learn from counts for beside those.
    package func weight(outcome: UInt8) -> Float {
        Float(every(outcome: outcome, isHeldOut: false)) / Float(max(with, without))
    }

    /// A hash of a row.
    package static func key(identityHash: UInt64, snapshot: Int) -> UInt64 {
        StableHash.mix(identityHash, UInt64(snapshot))
    }

    func takes(_ key: UInt64, outcome: UInt8, isHeldOut: Bool) -> Bool {
        let every = every(outcome: outcome, isHeldOut: isHeldOut)
        return every == 1 || StableHash.mix(key, Self.salt ^ seed) <= UInt64.max / UInt64(every)
    }

    /// "training", as a number.
    private static let salt: UInt64 = 0x7472_6169_6e69_6e67
}

extension RowChoice: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.without, \.with, \.heldOut, \.seed)
        .check("choice of rows") {
            [$0.without, $0.with, $0.heldOut].allSatisfy { 1...Int(ByteReader.mostCounted) ~= $0 }
        }
}

/// Labelled rows of some shards; sums in any order.
package struct LabelCounts: Sendable, Equatable {
    /// To learn from; those whose labels are numbers are without an outcome.
    package internal(set) var without = 0
    package internal(set) var with = 0
    /// Of held-out profiles.
    package internal(set) var heldOut = 0

    package init() {}

    package mutating func add(_ other: LabelCounts) {
        without += other.without
        with += other.with
        heldOut += other.heldOut
    }

    mutating func count(outcome: UInt8, isHeldOut: Bool) {
        if isHeldOut { heldOut += 1 } else if outcome == 1 { with += 1 } else { without += 1 }
    }

    package var learned: Int { without + with }

    /// As of so many shards, where these are of some.
    package func scaled(from part: Int, to all: Int) -> LabelCounts {
        // Of more than four billion no more are counted; far from what would overflow.
        func scaled(_ count: Int) -> Int { Int(min(Double(count) * Double(all) / Double(part), 0x1p32)) }
        var counts = LabelCounts()
        (counts.without, counts.with, counts.heldOut) = (scaled(without), scaled(with), scaled(heldOut))
        return counts
    }
}

extension LabelCounts: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.without, \.with, \.heldOut)
        .check("counts of labels") {
            [$0.without, $0.with, $0.heldOut].allSatisfy { 0...Int(ByteReader.mostCounted) ~= $0 }
        }
}
