import Bytes

/// The units of quantised gradients and hessians.
///
/// Both are rounded up or down at random so that their expectation is exact (Shi et al. 2022): g = p - y in [-1, 1] to a whole number of 1/127, h = p(1 - p)
/// in [0, 1/4] to one of 1/1020.
package enum GradientScale {
    /// What a gradient sum is divided by.
    package static let gradient = 127.0
    /// What a hessian sum, and a tree's cover, is divided by.
    package static let hessian = 1020.0
    /// Where rows are sampled by gradient: the gradient, in its units, below which a row of weight 1 is drawn with the probability
    /// gradient / this, and then counts as if it had this. For a row of less weight it is that share of it, a whole number
    /// and at least 1. The largest whose hessian, 31/127 (1 - |g|), fits a byte.
    static let drawn: Float = 31
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

/// Writes the first rows' gradient and hessian of the log loss at their margins; of a row that is not drawn, zeros.
///
/// - Parameters:
///   - count: of how many rows.
///   - labels: 0 or 1.
///   - weights: over 0 to 1, what the row's gradient and hessian are multiplied by.
///   - keys: what a row's rounding, and whether it is drawn, is a function of, with `salt`.
///   - sampling: `uniform` draws all here.
func computeGradients(
    count: Int, margins: [Float], labels: [UInt8], weights: [Float], keys: [UInt32], salt: UInt32,
    sampling: RowSampling, into gradients: inout [UInt16]
) {
    precondition(
        [margins.count, labels.count, weights.count, keys.count, gradients.count].allSatisfy { $0 >= count })
    let drawn = sampling == .gradient ? GradientScale.drawn : 0
    margins.withUnsafeBufferPointer { margins in
        labels.withUnsafeBufferPointer { labels in
            weights.withUnsafeBufferPointer { weights in
                keys.withUnsafeBufferPointer { keys in
                    gradients.withUnsafeMutableBufferPointer { gradients in
                        guard let margins = margins.baseAddress, let labels = labels.baseAddress,
                            let weights = weights.baseAddress, let keys = keys.baseAddress,
                            let gradients = gradients.baseAddress
                        else { return }
                        quantise(margins, labels, weights, keys, salt, drawn, gradients, count)
                    }
                }
            }
        }
    }
}

/// Plain scalar code that the compiler turns into vectors: no branch, no checked conversion, no call.
@inline(__always)
private func quantise(
    _ margins: UnsafePointer<Float>, _ labels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Float>,
    _ keys: UnsafePointer<UInt32>, _ salt: UInt32, _ drawn: Float, _ gradients: UnsafeMutablePointer<UInt16>,
    _ count: Int
) {
    let least: Float = drawn > 0 ? 1 : 0
    for i in 0..<count {
        let label = UInt32(labels[i])
        // |p - y|: the probability of the outcome that did not come.
        let signed = Float(bitPattern: margins[i].bitPattern ^ ((label ^ 1) &<< 31))
        let error = 1 / (1 + exponential(signed))
        let magnitude = error * weights[i] * 127
        let random = lowbias32(keys[i] ^ salt)
        // (k + 1/2) / 2^15 - 1/2 for a random k of 15 bits: added before rounding to nearest, it never lands on a half.
        let first = (Float(Int32(bitPattern: random & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
        let second = (Float(Int32(bitPattern: (random &>> 15) & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
        // A row that is drawn has a whole gradient, so that `first` rounds nothing and is free to draw.
        let share = (drawn * weights[i] + 12_582_912) - 12_582_912
        let threshold = share > least ? share : least
        let raised = magnitude > threshold ? magnitude : threshold
        let size: Float = magnitude > ((first + 0.5) + second * (1.0 / 32768)) * threshold ? raised : 0
        let gradient = Float(bitPattern: size.bitPattern ^ (label &<< 31))
        // p(1 - p) is |g|(1 - |g|).
        // 1020 / 127, a little less: 255 and what rounds it must not come to 256.
        let hessian = size * (1 - error) * 8.031495
        // Adding 3 * 2^22 leaves the nearest whole number in the low bits.
        let gradientBits = ((gradient + first) + 12_582_912).bitPattern
        let hessianBits = ((hessian + second) + 12_582_912).bitPattern
        gradients[i] = UInt16(truncatingIfNeeded: ((gradientBits & 0xFF) &<< 8) | (hessianBits & 0xFF))
    }
}

/// Those of `rows` that `computeGradients` drew.
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

/// The log loss at a margin whose sign says whether it errs: log(1 + e^x); within 3e-7 of it, relatively, for |x| <= 30.
@inline(__always)
func softplus(_ x: Float) -> Float {
    let power = exponential(x < 0 ? x : 0 - x)
    // log(1 + e) = 2 atanh(e / (2 + e)), whose argument is at most 1/3.
    let s = power / (2 + power)
    let square = s * s
    var sum: Float = 1.0 / 15
    sum = sum * square + 1.0 / 13
    sum = sum * square + 1.0 / 11
    sum = sum * square + 1.0 / 9
    sum = sum * square + 1.0 / 7
    sum = sum * square + 1.0 / 5
    sum = sum * square + 1.0 / 3
    let logarithm = 2 * (s + s * (square * sum))
    return (x > 0 ? x : 0) + logarithm
}

/// The log loss of listed rows, in units of 2^-24, each rounded to one.
func validationLoss(margins: [Float], labels: [UInt8], rows: [UInt32]) -> Int64 {
    precondition(margins.count == labels.count)
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: BinnedMatrix.blockRows) { errors in
        guard let errors = errors.baseAddress else { return 0 }
        var sum: Int64 = 0
        for first in stride(from: 0, to: rows.count, by: BinnedMatrix.blockRows) {
            let count = min(BinnedMatrix.blockRows, rows.count - first)
            for i in 0..<count {
                let row = Int(rows[first + i])
                errors[i] = labels[row] == 1 ? 0 - margins[row] : margins[row]
            }
            for i in count..<BinnedMatrix.blockRows { errors[i] = 0 }
            for i in 0..<BinnedMatrix.blockRows { errors[i] = softplus(errors[i]) }
            for i in 0..<count {
                // Adding 3 * 2^51 leaves the nearest whole number in the low bits.
                let shifted = Double(errors[i]) * LossSums.unitsPerNat + 0x1.8p52
                sum &+= Int64(bitPattern: shifted.bitPattern &- (0x1.8p52).bitPattern)
            }
        }
        return sum
    }
}
