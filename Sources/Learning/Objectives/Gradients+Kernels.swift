import Bytes

/// The units of quantised gradients and hessians.
///
/// Both are rounded up or down at random so that their expectation is exact (Shi et al. 2022): a gradient in [-1, 1] to a whole
/// number of 1/127, a hessian to one of 1 / `ObjectiveDefinition.hessianUnits`: of the log loss, p(1 - p) in [0, 1/4] to
/// one of 1/1020.
package enum GradientScale {
    /// What a gradient sum is divided by.
    package static let gradient = 127.0
    /// What a hessian sum of the log loss, and its trees' cover, is divided by.
    package static let hessian = 1020.0
    /// Where rows are sampled by gradient: the gradient, in its units, below which a row of weight 1 is drawn with the probability
    /// gradient / this, and then counts as if it had this. For a row of less weight it is that share of it, a whole number,
    /// and at least `leastDrawn`. The largest whose hessian, 31/127 (1 - |g|), fits a byte.
    static let drawn: Float = 31

    /// The gradients of a tree are drawn of about so many rows, where there are more, weights and all.
    private static let rowsDrawn = 600_000.0

    /// The least for any row, whatever it weighs, of which about so many rows are drawn: 1 to `drawn`.
    ///
    /// Rows of little weight, such as a profile's at many dates, then are drawn in proportion to what they weigh.
    /// - Parameters:
    ///   - weight: of all training rows together, and of those with the outcome.
    ///   - rate: of the outcome.
    package static func leastDrawn(weight: (all: Double, positive: Double), rate: Double) -> Float {
        let gradients = weight.positive * (1 - rate) + (weight.all - weight.positive) * rate
        return Float(min(max((gradients * gradient / rowsDrawn).rounded(), 1), Double(drawn)))
    }
}

/// A row's gradient (signed) and hessian (unsigned), a byte each.
enum PackedGradient {
    static func gradient(_ packed: UInt16) -> Int64 { Int64(Int16(bitPattern: packed) &>> 8) }
    static func hessian(_ packed: UInt16) -> Int64 { Int64(packed & 0xFF) }

    /// As a histogram's word: the gradient in the upper half, the hessian in the lower.
    @inline(__always)
    static func word(_ packed: UInt16) -> Int64 { (gradient(packed) &<< 32) &+ hessian(packed) }

    /// What makes a tree's rounding differ from another's.
    static func salt(seed: UInt64, tree: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: StableHash.mix(seed, UInt64(truncatingIfNeeded: tree)))
    }
}

/// What a row's gradient and hessian are rounded by: two random numbers of (-1/2, 1/2), of 15 bits each, added before rounding
/// to nearest.
struct StochasticRounding {
    let first: Float
    let second: Float

    @inline(__always)
    init(key: UInt32, salt: UInt32) {
        let random = lowbias32(key ^ salt)
        // (k + 1/2) / 2^15 - 1/2 for a random k: never on a half.
        first = (Float(Int32(bitPattern: random & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
        second = (Float(Int32(bitPattern: (random &>> 15) & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
    }

    /// Both in their units.
    @inline(__always)
    func packed(gradient: Float, hessian: Float) -> UInt16 {
        // Adding 3 * 2^22 leaves the nearest whole number in the low bits.
        let gradientBits = ((gradient + first) + 12_582_912).bitPattern
        let hessianBits = ((hessian + second) + 12_582_912).bitPattern
        return UInt16(truncatingIfNeeded: ((gradientBits & 0xFF) &<< 8) | (hessianBits & 0xFF))
    }
}

/// Those of `rows` that `ObjectiveDefinition.computeGradients` drew.
func drawn(_ rows: [UInt32], _ gradients: [UInt16]) -> [UInt32] {
    precondition(rows.last.map { Int($0) < gradients.count } ?? true, "rows ascend")
    return [UInt32](unsafeUninitializedCapacity: rows.count) { drawn, count in
        rows.withUnsafeBufferPointer { rows in
            gradients.withUnsafeBufferPointer { gradients in
                guard let drawn = drawn.baseAddress, let gradients = gradients.baseAddress else { return }
                // Every row is written, and the next one over it where it is not drawn. Whether it is cannot be foretold, so
                // there is no branch: of a number and its negative one has the top bit, unless it is 0.
                var next = 0
                for row in rows {
                    let gradient = gradients[Int(row)]
                    drawn[next] = row
                    next &+= Int((gradient | (0 &- gradient)) &>> 15)
                }
                count = next
            }
        }
    }
}

/// Wellons 2018: a good hash of 32 bits.
@inline(__always)
func lowbias32(_ key: UInt32) -> UInt32 {
    var hash = key
    hash ^= hash &>> 16
    hash = hash &* 0x7FEB_352D
    hash ^= hash &>> 15
    hash = hash &* 0x846C_A68B
    hash ^= hash &>> 16
    return hash
}

/// *e* to the power `x`, which is clamped to +-30; within 3e-7 of it, relatively. The same bits whether vectorised or not.
@inline(__always)
func exponential(_ x: Float) -> Float {
    let low: Float = x > -30 ? x : -30
    let clamped: Float = low < 30 ? low : 30
    // Adding 3 * 2^22 rounds to a whole number and leaves it in the low bits.
    let shifted = clamped * 1.44269504 + 12_582_912
    let k = shifted - 12_582_912
    let r = clamped - k * 0.693359375 - k * -2.12194440e-4
    var sum: Float = 1.9875691500e-4
    sum = sum * r + 1.3981999507e-3
    sum = sum * r + 8.3334519073e-3
    sum = sum * r + 4.1665795894e-2
    sum = sum * r + 1.6666665459e-1
    sum = sum * r + 5.0000001201e-1
    sum = sum * r * r + r + 1
    return sum * Float(bitPattern: (shifted.bitPattern &+ 127) &<< 23)
}
