import Events
import InstanceFile
import Learning
import RunOutputs
import Scoring

extension Insights {
    /// What to look for in a bucket: who is likely and why, who is not, and, of those between, first of all what there
    /// is to be done about: what holds back a conversion, or drives towards leaving.
    private static func wanted(_ isChurn: Bool) -> [(bucket: Bucket, direction: Direction, count: Int)] {
        [
            (.high, .raises, 3), (.medium, isChurn ? .raises : .lowers, 2), (.medium, isChurn ? .lowers : .raises, 1),
            (.low, .lowers, 3),
        ]
    }

    /// The factors that most profiles of a bucket share, each kind of feature once. One that next to all of a bucket
    /// share, or next to none, makes no segment of its own.
    static func suggestions(
        _ reasons: ReasonCounts, _ details: FactorDetails, buckets: [Population], meanProbability: Double, isChurn: Bool
    ) -> [InsightsFile.SuggestedSegment] {
        let model = details.model
        var suggestions: [InsightsFile.SuggestedSegment] = []
        for (bucket, direction, count) in wanted(isChurn) {
            let all = buckets[Int(bucket.rawValue)].profiles
            let features = model.features.indices.filter {
                let profiles = reasons[bucket, $0, direction].profiles
                return profiles > 0 && profiles * 50 >= all && profiles * 10 <= all * 9
            }.sorted { (reasons[bucket, $1, direction].profiles, $0) < (reasons[bucket, $0, direction].profiles, $1) }
            var kinds: [String] = []
            for feature in features where kinds.count < count {
                let kind = kind(model.features[feature].name)
                if kinds.contains(kind) { continue }
                kinds.append(kind)
                let population = reasons[bucket, feature, direction]
                suggestions.append(
                    InsightsFile.SuggestedSegment(
                        bucket, details, feature, direction, population,
                        values: details.words(of: reasons.values(bucket, feature, direction), feature),
                        meanProbability: meanProbability, isChurn: isChurn))
            }
        }
        return suggestions
    }

    /// A feature's name without its window, by which those of several windows are one kind.
    private static func kind(_ name: String) -> String {
        for end in [", last ", ", all time"] {
            if let range = name.ranges(of: end).last { return String(name[..<range.lowerBound]) }
        }
        return name
    }
}

extension InsightsFile.SuggestedSegment {
    fileprivate init(
        _ bucket: InstanceFile.Bucket, _ details: FactorDetails, _ feature: Int, _ direction: Direction,
        _ population: Population,
        values: String?, meanProbability mean: Double, isChurn: Bool
    ) {
        let model = details.model
        let (code, readable) = (model.features[feature].code, model.features[feature].name)
        let verb = direction == .raises ? FactorDirection.raises : .lowers
        let likelihood =
            bucket.name.prefix(1).uppercased() + bucket.name.dropFirst() + (isChurn ? " risk" : " likelihood")
        let name =
            "\(likelihood), \(verb == .raises ? "raised" : "lowered") by \(details.names[feature].prefix(100))"
            + (values.map { " (\($0))" } ?? "")
        // By its name where no other feature goes by it.
        let namesakes = model.features.count { SegmentScope.isMeant(readable, code: $0.code, name: $0.name) }
        self.init(
            name: name, bucket: bucket.name, factor: code, direction: verb.rawValue, values: values,
            profiles: Int(population.profiles), meanProbability: population.meanProbability,
            expectedOutcomes: population.expectedOutcomes,
            lift: mean > 0 ? population.meanProbability / mean : 0,
            rule: "- { name: \(quoted(name)), all_of: [{ field: bucket, equals: \(bucket.name) }, { factor: "
                + "\(quoted(namesakes == 1 ? readable : code)), direction: \(verb.rawValue), importance: "
                + "\(ReasonCounts.importance) }] }")
    }
}

/// As a quoted scalar of YAML.
private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\" + String(scalar)
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
