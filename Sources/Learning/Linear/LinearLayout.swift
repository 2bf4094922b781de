package import Bytes

/// The terms of a logistic regression over bins: fewer than there are bins, and as telling.
///
/// A number has three: the score of the missing bin, and of the others a constant and a slope by the bin's number. A category
/// has one for each bin. A bin's score is a sum of terms times whole numbers, so that the loss's gradient by a term is a
/// sum of the bins' gradients times the same whole numbers, exactly.
package struct LinearLayout: Sendable, Equatable {
    package let bins: HistogramLayout
    /// Whether each feature is a number.
    private let areNumbers: [Bool]
    /// Where each feature's terms start.
    let offsets: [Int]
    /// Over all features.
    package let totalTerms: Int

    package init(features: [FeatureBins]) {
        self.init(
            bins: HistogramLayout(checked: features.map(\.binCount)),
            areNumbers: features.map { if case .numeric = $0 { true } else { false } })
    }

    private init(bins: HistogramLayout, areNumbers: [Bool]) {
        self.bins = bins
        self.areNumbers = areNumbers
        var (offsets, next) = ([Int](), 0)
        for (isNumber, count) in zip(areNumbers, bins.binCounts) {
            offsets.append(next)
            next += isNumber ? 3 : count
        }
        self.offsets = offsets
        totalTerms = next
    }

    /// Each bin's score.
    func scores(_ terms: [Double]) -> [Double] {
        precondition(terms.count == totalTerms)
        var scores: [Double] = []
        scores.reserveCapacity(bins.totalBins)
        for (feature, first) in offsets.enumerated() {
            let count = bins.binCounts[feature]
            if areNumbers[feature] {
                scores.append(terms[first])
                for bin in 1..<max(1, count) { scores.append(terms[first + 1] + Double(bin) * terms[first + 2]) }
            } else {
                scores += terms[first..<(first + count)]
            }
        }
        return scores
    }

    /// The gradient by each term.
    func gradients(_ ofBins: [Int64]) -> [Int64] {
        precondition(ofBins.count == bins.totalBins)
        var gradients: [Int64] = []
        gradients.reserveCapacity(totalTerms)
        for (feature, first) in bins.offsets.enumerated() {
            let own = ofBins[first..<(first + bins.binCounts[feature])]
            if areNumbers[feature] {
                var (sum, ranked) = (Int64(0), Int64(0))
                for (bin, gradient) in own.enumerated().dropFirst() {
                    sum &+= gradient
                    ranked &+= gradient &* Int64(bin)
                }
                gradients += [own[first], sum, ranked]
            } else {
                gradients += own
            }
        }
        return gradients
    }
}

extension LinearLayout: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(array: bins.binCounts.map(UInt16.init))
        writer.write(array: areNumbers.map { $0 ? 1 : 0 } as [UInt8])
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let binCounts = try reader.readArray(of: UInt16.self).map(Int.init)
        let areNumbers = try reader.readArray(of: UInt8.self)
        guard areNumbers.count == binCounts.count, areNumbers.allSatisfy({ $0 <= 1 }) else {
            throw .badValue("kinds of features", offset: start)
        }
        do {
            self.init(bins: try HistogramLayout(binCounts: binCounts), areNumbers: areNumbers.map { $0 == 1 })
        } catch {
            throw .badValue("features of a regression (\(error))", offset: start)
        }
    }
}

/// Bin scores by the terms of a `LinearLayout`.
package struct LinearScores: Sendable, Equatable, FieldCodable {
    package var intercept: Double
    package var terms: [Double]

    package init(intercept: Double, terms: [Double]) {
        self.intercept = intercept
        self.terms = terms
    }

    /// - Parameter layout: of as many terms.
    package func binScores(_ layout: LinearLayout) -> AdditiveModel {
        AdditiveModel(intercept: intercept, scores: layout.scores(terms))
    }

    package static let fields = FieldList(Self.init, \.intercept, \.terms)
        // So far from the largest number that no sum over features can overflow.
        .check("scores") { $0.intercept.magnitude < 1e30 && $0.terms.allSatisfy { $0.magnitude < 1e30 } }
}
