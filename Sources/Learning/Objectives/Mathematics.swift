/// Exponential and logarithm of our own, the same bits on every machine.
///
/// The platform's differ between C libraries and CPUs in the last bit, and one bit is enough to send a row the other way
/// and give another model. These use only IEEE additions, multiplications, divisions and bit patterns, in an order
/// that Swift keeps (it never fuses or reassociates).

/// *e* to the power `x`, for any `x`.
///
/// Within 2 units in the last place where the result is normal; 0 below -745.2, infinity above 709.79, NaN of NaN.
/// Argument reduction by Cody and Waite, then the Taylor polynomial of degree 13 on |r| <= ln 2 / 2.
package func deterministicExp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.782712893384 { return .infinity }
    if x < -745.2 { return 0 }
    let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
    let r = (x - k * lnTwoHigh) - k * lnTwoLow
    var sum = 1.6059043836821613e-10
    sum = sum * r + 2.0876756987868100e-9
    sum = sum * r + 2.5052108385441720e-8
    sum = sum * r + 2.7557319223985890e-7
    sum = sum * r + 2.7557319223985893e-6
    sum = sum * r + 2.4801587301587302e-5
    sum = sum * r + 1.9841269841269841e-4
    sum = sum * r + 1.3888888888888889e-3
    sum = sum * r + 8.3333333333333333e-3
    sum = sum * r + 4.1666666666666664e-2
    sum = sum * r + 1.6666666666666666e-1
    sum = sum * r + 0.5
    let mantissa = sum * r * r + r + 1
    // In two steps, because 2^k itself leaves the normal range before the result does.
    let half = Int(k) / 2
    return mantissa * powerOfTwo(half) * powerOfTwo(Int(k) - half)
}

/// The natural logarithm of `x`: -infinity of 0, NaN of negatives and NaN.
///
/// Within 2 units in the last place. `x = m 2^e` with m in [sqrt(1/2), sqrt(2)), and log m = 2 atanh((m - 1) / (m + 1)) by its series.
package func deterministicLog(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    var scaled = x
    var exponent = 0.0
    if scaled < .leastNormalMagnitude {
        scaled *= 18_014_398_509_481_984
        exponent = -54
    }
    var mantissa = scaled.significand
    exponent += Double(scaled.exponent)
    if mantissa > 1.4142135623730951 {
        mantissa *= 0.5
        exponent += 1
    }
    let f = mantissa - 1
    let s = f / (2 + f)
    let tail = s * atanhSeries(s * s)
    // 2s + 2s tail written as f - s (f - 2 tail): the leading term is exact.
    return exponent * lnTwoHigh + (f - (s * f - 2 * tail) + exponent * lnTwoLow)
}

/// The logarithm of 1 + `u` for `u` in [0, 1], accurate for small `u` too.
package func deterministicLog1p(_ u: Double) -> Double {
    let sum = 1 + u
    return sum == 1 ? u : deterministicLog(sum) + (u - (sum - 1)) / sum
}

/// The probability of log-odds `x`: 1 / (1 + e^-x).
package func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + deterministicExp(-x)) }
    let power = deterministicExp(x)
    return power / (1 + power)
}

/// The log-odds of probability `p`: log(p / (1 - p)); -infinity of 0, infinity of 1.
package func logit(_ p: Double) -> Double { deterministicLog(p) - deterministicLog(1 - p) }

/// The log loss of log-odds `margin` when the outcome came (`isPositive`) or did not: log(1 + e^-margin), log(1 + e^margin).
package func logLoss(margin: Double, isPositive: Bool) -> Double {
    let x = isPositive ? -margin : margin
    return (x > 0 ? x : 0) + deterministicLog1p(deterministicExp(-x.magnitude))
}

private let lnTwoHigh = 6.93147180369123816490e-01
private let lnTwoLow = 1.90821492927058770002e-10

private func powerOfTwo(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
}

/// s^2/3 + s^4/5 + ... of `square` = s^2 <= 0.0295: eleven terms reach the last bit.
private func atanhSeries(_ square: Double) -> Double {
    var sum = 1.0 / 23
    sum = sum * square + 1.0 / 21
    sum = sum * square + 1.0 / 19
    sum = sum * square + 1.0 / 17
    sum = sum * square + 1.0 / 15
    sum = sum * square + 1.0 / 13
    sum = sum * square + 1.0 / 11
    sum = sum * square + 1.0 / 9
    sum = sum * square + 1.0 / 7
    sum = sum * square + 1.0 / 5
    sum = sum * square + 1.0 / 3
    return sum * square
}
