import Bytes

/// The units of quantised gradients and hessians.
///
/// Both are rounded up or down at random so that their expectation is exact (Shi et al. 2022): g = p - y in [-1, 1] to a whole number of 1/127, h = p(1 - p)
/// in [0, 1/4] to one of 1/1020.
public enum GradientScale {
    /// What a gradient sum is divided by.
    public static let gradient = 127.0
    /// What a hessian sum, and a tree's cover, is divided by.
    public static let hessian = 1020.0
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

/// Writes each row's gradient and hessian of the log loss at its margin.
///
/// - Parameters:
///   - labels: 0 or 1.
///   - weights: over 0 to 1, what the row's gradient and hessian are multiplied by.
///   - keys: what a row's rounding is a function of, with `salt`.
func computeGradients(
    margins: [Float], labels: [UInt8], weights: [Float], keys: [UInt32], salt: UInt32, into gradients: inout [UInt16]
) {
    let count = margins.count
    precondition(
        labels.count == count && weights.count == count && keys.count == count && gradients.count == count)
    margins.withUnsafeBufferPointer { margins in
        labels.withUnsafeBufferPointer { labels in
            weights.withUnsafeBufferPointer { weights in
                keys.withUnsafeBufferPointer { keys in
                    gradients.withUnsafeMutableBufferPointer { gradients in
                        guard let margins = margins.baseAddress, let labels = labels.baseAddress,
                            let weights = weights.baseAddress, let keys = keys.baseAddress,
                            let gradients = gradients.baseAddress
                        else { return }
                        quantise(margins, labels, weights, keys, salt, gradients, count)
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
    _ keys: UnsafePointer<UInt32>, _ salt: UInt32, _ gradients: UnsafeMutablePointer<UInt16>, _ count: Int
) {
    for i in 0..<count {
        let probability = 1 / (1 + exponential(0 - margins[i]))
        let gradient = (probability - Float(labels[i])) * weights[i] * 127
        let hessian = probability * (1 - probability) * weights[i] * 1020
        let random = lowbias32(keys[i] ^ salt)
        // (k + 1/2) / 2^15 - 1/2 for a random k of 15 bits: added before rounding to nearest, it never lands on a half.
        let first = (Float(Int32(bitPattern: random & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
        let second = (Float(Int32(bitPattern: (random &>> 15) & 0x7FFF)) + 0.5) * (1.0 / 32768) - 0.5
        // Adding 3 * 2^22 leaves the nearest whole number in the low bits.
        let gradientBits = ((gradient + first) + 12_582_912).bitPattern
        let hessianBits = ((hessian + second) + 12_582_912).bitPattern
        gradients[i] = UInt16(truncatingIfNeeded: ((gradientBits & 0xFF) &<< 8) | (hessianBits & 0xFF))
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
    var errors = [Float](repeating: 0, count: BinnedMatrix.blockRows)
    var sum: Int64 = 0
    var first = 0
    while first < rows.count {
        let count = min(BinnedMatrix.blockRows, rows.count - first)
        for i in 0..<count {
            let row = Int(rows[first + i])
            errors[i] = labels[row] == 1 ? 0 - margins[row] : margins[row]
        }
        errors.withUnsafeMutableBufferPointer { errors in
            guard let errors = errors.baseAddress else { return }
            for i in 0..<BinnedMatrix.blockRows { errors[i] = softplus(errors[i]) }
        }
        for i in 0..<count { sum &+= Int64((Double(errors[i]) * LossSums.unitsPerNat).rounded()) }
        first += count
    }
    return sum
}
