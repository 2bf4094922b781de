package import Bytes
package import Learning

/// Features that say the same: their contributions are one factor, which goes by one's code and by all names.
///
/// What the model makes of such features is arbitrarily divided between them; only the sum means something.
package struct Twins: FieldCodable, Equatable {
    /// By feature of the model: itself, or the first of those that the model uses and it goes with.
    package private(set) var leaders: [UInt32]

    /// Correlation beyond which two features are one.
    package static let correlation = 0.98

    /// Of fewer sampled profiles that do not have a feature's usual value, a correlation says nothing.
    private static let fewest = 30.0

    /// - Parameters:
    ///   - moments: how the bins of all features go together in a sample of the scored profiles.
    ///   - rows: how many training rows are in each bin of a feature.
    package init(_ model: Model, _ moments: BinMoments, rows: (_ feature: Int) -> [Int64]) {
        leaders = model.features.indices.map(UInt32.init)
        let used = Set(model.ensemble.usedFeatures)
        let numbers = model.features.indices.filter { feature in
            guard case .numeric = model.features[feature].bins else { return false }
            let rows = rows(feature)
            let (all, usual) = (rows.reduce(0, +), rows.max() ?? 0)
            return all > 0 && Double(all - usual) / Double(all) * Double(moments.rows) >= Self.fewest
        }
        var leading: [Int] = []
        for feature in numbers.filter(used.contains) + numbers.filter({ !used.contains($0) }) {
            let twin = leading.first {
                moments.squaredCorrelation($0, feature) > Self.correlation * Self.correlation
            }
            if let twin { leaders[feature] = UInt32(twin) } else if used.contains(feature) { leading.append(feature) }
        }
    }

    /// Each feature by itself.
    package init(features: Int) { leaders = (0..<features).map(UInt32.init) }

    /// Features that are another's twin, and whose.
    package var followers: [(feature: Int, leader: Int)] {
        leaders.enumerated().filter { $0 != Int($1) }.map { ($0, Int($1)) }
    }

    /// What each feature's factor is called: its own name and the next one's, and how many there are more.
    package func names(_ features: [ModelFeature]) -> [String] {
        var groups: [Int: [Int]] = [:]
        for (feature, leader) in followers { groups[leader, default: []].append(feature) }
        return features.indices.map { leader in
            guard let others = groups[leader] else { return features[leader].name }
            let more = others.count > 1 ? " / \(others.count - 1) more" : ""
            return Self.joined(features[leader].name, features[others[0]].name) + more
        }
    }

    /// Both names, with what they have in common said once: "Days / Sessions with Purchase, last 90 days".
    package static func joined(_ first: String, _ second: String) -> String {
        func words(_ name: String) -> [String] {
            name.replacing(",", with: " ,").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        }
        let (a, b) = (words(first), words(second))
        let before = zip(a, b).prefix { $0 == $1 }.count
        let most = min(a.count, b.count) - before
        let after = min(most, zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count)
        let (own, other) = (a[before..<(a.count - after)], b[before..<(b.count - after)])
        guard before + after > 0, !own.isEmpty, !other.isEmpty else { return "\(first) / \(second)" }
        return (a.prefix(before) + own + ["/"] + other + a.suffix(after)).joined(separator: " ")
            .replacing(" ,", with: ",")
    }

    package static let fields = FieldList(filling: { Twins(features: 0) }, \.leaders)
        .check("twins") { twins in
            twins.leaders.allSatisfy { Int($0) < twins.leaders.count && twins.leaders[Int($0)] == $0 }
        }
}
