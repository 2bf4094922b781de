import RunOutputs

/// Named sets of profiles: the instance's own, and some that suggest themselves.
struct Segmentation {
    struct Row {
        var name: String
        var profiles: String
        var share: String
        var meanProbability: String
        var expectedOutcomes: String
        var lift: String
        /// Of a suggested one.
        var bucket: String
        var rule: String
    }

    var own: [Row]
    var suggested: [Row]
    var hasOwn: Bool
    var hasSuggested: Bool
    var moreOwn: String?

    /// The page lists so many of the instance's own.
    static let shown = 200

    init(_ insights: InsightsFile) {
        let total = Double(max(1, insights.profilesScored))
        let mean = insights.meanProbability
        own = insights.segments.prefix(Self.shown).map {
            Row(
                name: $0.name, profiles: Format.count($0.profiles), share: Format.percent(Double($0.profiles) / total),
                meanProbability: $0.profiles > 0 ? Format.percent($0.meanProbability) : "–",
                expectedOutcomes: Format.count($0.expectedOutcomes),
                lift: mean > 0 && $0.profiles > 0 ? Format.times($0.meanProbability / mean) : "–", bucket: "", rule: "")
        }
        suggested = (insights.suggestedSegments ?? []).map {
            Row(
                name: $0.name, profiles: Format.count($0.profiles), share: Format.percent(Double($0.profiles) / total),
                meanProbability: Format.percent($0.meanProbability),
                expectedOutcomes: Format.count($0.expectedOutcomes), lift: Format.times($0.lift), bucket: $0.bucket,
                rule: $0.rule)
        }
        hasOwn = !own.isEmpty
        hasSuggested = !suggested.isEmpty
        let more = insights.segments.count - own.count
        moreOwn = more > 0 ? Format.count(more) : nil
    }
}
