/// A seeded generator (SplitMix64): the same worlds in every run.
public struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< count
    public mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    /// True once in so many times.
    public mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    /// 0 ..< 1
    public mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// A standard normal deviate, nearly: the sum of twelve uniform ones.
    public mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + unit() } }
}
