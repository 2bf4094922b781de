import Bytes

/// Which shard and which fold a profile belongs to: functions of its identity alone, never of the cluster.
package struct ShardMap: Sendable, Equatable {
    /// More than that a plan, or an earlier run, cannot have.
    package static let mostShards = 1 << 20

    /// Whether there can be so many shards.
    package static func canBe(shardCount: Int) -> Bool {
        1...mostShards ~= shardCount && shardCount & (shardCount - 1) == 0
    }

    /// A power of two.
    package let shardCount: Int
    private let shift: UInt64

    /// - Precondition: `shardCount` is a power of two.
    package init(shardCount: Int) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shards come in powers of two")
        self.shardCount = shardCount
        shift = UInt64(64 - shardCount.trailingZeroBitCount)
    }

    /// The top bits of the identity's hash.
    package func shard(ofHash hash: UInt64) -> Int { shift == 64 ? 0 : Int(hash >> shift) }
    package func shard(of identity: String) -> Int { shard(ofHash: Identity.hash(identity)) }

    /// How many shards an input of so many rows is divided into: about 65,536 rows each, from 8 to 4,096.
    package static func shardCount(forRows rows: Int) -> Int {
        var count = 8
        while count < 4096, count * 65_536 < rows { count *= 2 }
        return count
    }

    /// Whether a profile is held out for validation: one in five, chosen by other bits than those of its shard.
    package static func isValidation(identityHash: UInt64) -> Bool {
        StableHash.mix(identityHash, validationSalt) % 5 == 0
    }

    /// "validate", as a number: folds must not move between versions.
    private static let validationSalt: UInt64 = 0x7661_6C69_6461_7465
}
