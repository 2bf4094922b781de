import RunOutputs

/// What moves the scores of each bucket's profiles.
struct Influence {
    struct BucketFactors {
        var bucket: String
        var profiles: String
        var hasProfiles: Bool
        var factors: [FactorRow]
    }

    struct FactorRow {
        var rank: String
        var name: String
        var code: String
        var raises: Bool
        var direction: String
        var contribution: String
        var magnitude: String
        var otherContribution: String
        /// Of 50 to each side of the middle.
        var barStart: String
        var barLength: String
        var coverage: String
        var otherCoverage: String
        var topShare: String
        /// What it is, and what no value means; files of older versions do not say.
        ///
        /// By names of their own: what a row lacks is looked for in the page around it.
        var whatItIs: String?
        var whatNoneMeans: String?
        /// All features that it stands for, where there are several.
        var standsFor: String?
        var distribution: Distribution?
    }

    static let shown = 10

    var buckets: [BucketFactors]
    var factorsPerProfile: String
    var used: String
    var overall: [Overall]

    /// A factor over all scored profiles.
    struct Overall {
        var name: String
        var code: String
        var magnitude: String
        var contribution: String
        var coverage: String
        var topShare: String
    }

    init(_ insights: InsightsFile) {
        let byCode = Dictionary(insights.factors.map { ($0.code, $0) }) { first, _ in first }
        factorsPerProfile = "\(insights.factorsPerProfile)"
        used = Format.count(insights.factors.count)
        overall = insights.factors.prefix(20).map {
            Overall(
                name: $0.name, code: $0.code, magnitude: Format.odds($0.effect.meanMagnitude),
                contribution: Format.odds($0.effect.meanContribution), coverage: Format.percent($0.effect.coverage),
                topShare: Format.percent($0.effect.topShare))
        }
        func size(_ factor: InsightsFile.Factor, _ bucket: String) -> Double {
            factor.byBucket?[bucket]?.meanContribution.magnitude ?? 0
        }
        let shown = insights.buckets.map { ($0.name, $0.factors.prefix(Self.shown).compactMap { byCode[$0] }) }
        // One scale for all, so that bars can be compared from bucket to bucket.
        let largest = shown.flatMap { name, factors in factors.map { size($0, name) } }.max() ?? 0
        buckets = Page.bucketOrder.compactMap { name in
            guard let bucket = insights.buckets.first(where: { $0.name == name }) else { return nil }
            let chosen = shown.first { $0.0 == name }?.1 ?? []
            // In the order of what is printed; of equal ones the more influential first.
            let order = chosen.indices.sorted { (size(chosen[$1], name), $0) < (size(chosen[$0], name), $1) }
            let factors = order.map { chosen[$0] }
            return BucketFactors(
                bucket: name, profiles: Format.count(bucket.profiles), hasProfiles: bucket.profiles > 0,
                factors: factors.enumerated().compactMap { rank, factor in
                    Self.row(rank + 1, factor, name, largest, insights)
                })
        }
    }

    private static func row(
        _ rank: Int, _ factor: InsightsFile.Factor, _ bucket: String, _ largest: Double, _ insights: InsightsFile
    ) -> FactorRow? {
        let buckets = insights.buckets
        let feature = insights.features.first { $0.code == factor.code }
        let twins = insights.features.filter { $0.sameAs == factor.code }.map(\.name)
        guard let effects = factor.byBucket, let effect = effects[bucket] else { return nil }
        var (others, contribution, known) = (0, 0.0, 0.0)
        for other in buckets where other.name != bucket {
            guard let effect = effects[other.name] else { continue }
            others += other.profiles
            contribution += effect.meanContribution * Double(other.profiles)
            known += effect.coverage * Double(other.profiles)
        }
        let length = largest > 0 ? 48 * effect.meanContribution.magnitude / largest : 0
        let raises = effect.meanContribution > 0
        return FactorRow(
            rank: "\(rank)", name: factor.name, code: factor.code, raises: raises,
            direction: raises ? "raises" : "lowers", contribution: Format.odds(effect.meanContribution),
            magnitude: Format.odds(effect.meanMagnitude),
            otherContribution: others > 0 ? Format.odds(contribution / Double(others)) : "–",
            barStart: Format.place(raises ? 50 : 50 - length), barLength: Format.place(max(0.5, length)),
            coverage: Format.percent(effect.coverage),
            otherCoverage: others > 0 ? Format.percent(known / Double(others)) : "–",
            topShare: Format.percent(effect.topShare), whatItIs: feature?.definition,
            whatNoneMeans: effect.coverage < 1 ? feature?.missing : nil,
            standsFor: twins.isEmpty ? nil : ([feature?.name ?? factor.code] + twins).joined(separator: "; "),
            distribution: factor.values.flatMap { Distribution($0, bucket: bucket) })
    }
}
