internal import Yams

/// How the scored profiles are divided into low, medium and high.
package enum BucketRule: Sendable, Equatable {
    /// By score, 0 to 100: those under the first are low, those from the second on are high.
    case score(low: Double, high: Double)
    /// Thirds of the profiles by percentile; profiles of equal score stay together.
    case rank

    /// A third of the population's odds, and three times those.
    package static let odds = BucketRule.score(low: 25, high: 75)

    /// What of a score or of a percentile is the first that is not low, and the first that is high.
    package var cuts: (low: Double, high: Double) {
        switch self {
        case .score(let low, let high): (low, high)
        case .rank: (34, 67)
        }
    }

    private enum Name: String, CaseIterable { case odds, rank }

    static let form: ValueSchema<Self> = {
        let cuts = ValueSchema<[Double]>.list(.number(0...100), count: 2...2).requiring { cuts in
            cuts[0] < cuts[1]
                ? nil : "\(cuts[0]) and \(cuts[1]) leave nobody between; the lower score comes first, as in [25, 75]"
        }
        return ValueSchema(schema: ["anyOf": .list([ValueSchema<Name>.choice.schema, cuts.schema])]) { place, context in
            if case .list = place.written {
                return cuts.read(place, &context).map { .score(low: $0[0], high: $0[1]) }
            }
            guard case .text = place.written else {
                context.reportKind(expected: "odds, rank or two scores such as [25, 75]", at: place)
                return nil
            }
            return ValueSchema<Name>.choice.read(place, &context).map { $0 == .rank ? .rank : .odds }
        }
    }()
}

/// Who is how likely, by the instance's rule.
package enum Bucket: UInt8, Sendable, CaseIterable {
    case low, medium, high

    /// - Parameters:
    ///   - score: 0...100.
    ///   - percentile: 1...100.
    package init(score: Double, percentile: UInt8, _ rule: BucketRule) {
        let value =
            switch rule {
            case .score: score
            case .rank: Double(percentile)
            }
        self = value < rule.cuts.low ? .low : value < rule.cuts.high ? .medium : .high
    }

    /// nil of what is none.
    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var name: String {
        switch self {
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        }
    }
}
