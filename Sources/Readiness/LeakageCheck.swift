import Events
import Features
import InstanceFile

/// Which features give the outcome away, alone or two together: no honest ones do so nearly perfectly.
struct LeakageCheck {
    /// Of the binned features, in the order in which they were counted.
    let features: [(code: String, name: String)]
    let recipe: FeatureRecipe
    let plan: InputPlan
    let outcomes: FeatureOutcomes

    /// An AUC past which a single feature is suspected.
    static let suspiciousAUC = 0.98
    /// A date is suspected where at least one in so many rows with the outcome has it after the as-of date,
    private static let aheadShare: Int64 = 5
    /// and half as often again as other rows.
    private static let aheadRatio = 1.5

    var findings: [Finding] {
        let (leaking, attributes, places) = leakingFeatures
        return leaking + jointly(besides: places) + datesAhead(besides: attributes)
    }

    /// What two features tell together that neither tells alone.
    private func jointly(besides known: Set<Int>) -> [Finding] {
        guard let pair = outcomes.sample.suspiciousPair(beyond: Self.suspiciousAUC, besides: known) else { return [] }
        let own = [pair.first, pair.second].map { index -> (attribute: Int?, name: String) in
            let source = recipe.features.first { $0.code == features[index].code }?.source
            let attribute = source?.attributeIndex
            return (attribute, attribute.map { recipe.attributes[$0].attribute.name } ?? features[index].name)
        }
        return [
            Finding(
                .leakage, .warning, subject(own[0].attribute, own[0].name),
                place(own[0].attribute)
                    + "\"\(own[0].name)\" and \"\(own[1].name)\" together tell who has the outcome (AUC "
                    + "\(Self.thousandths(pair.auc)))",
                means: "most likely one of them is written because of the outcome; the model would look excellent, and "
                    + "fail on customers whose outcome is still to come",
                change: change(own[0].attribute, own[0].name) + "; or the same for \"\(own[1].name)\"")
        ]
    }

    private var leakingFeatures: ([Finding], attributes: Set<Int>, places: Set<Int>) {
        var findings: [Finding] = []
        var attributes: Set<Int> = []
        var places: Set<Int> = []
        for (index, feature) in features.enumerated() where index < outcomes.featureCount {
            let auc = outcomes.auc(of: index).flatMap { $0 > Self.suspiciousAUC ? $0 : nil }
            let only = outcomes.rowsOnlyWithOutcome(of: index)
            guard auc != nil || only != nil,
                let definition = recipe.features.first(where: { $0.code == feature.code })
            else { continue }
            places.insert(index)
            let attribute = definition.source.attributeIndex
            if let attribute { attributes.insert(attribute) }
            let name = attribute.map { recipe.attributes[$0].attribute.name } ?? feature.name
            let byPresence = (outcomes.aucOfPresence(of: index) ?? 0) > Self.suspiciousAUC
            findings.append(
                Finding(
                    .leakage, .warning, subject(attribute, name),
                    place(attribute)
                        + (auc.map { auc in
                            (byPresence ? "whether \"\(name)\" has a value" : "\"\(name)\" alone")
                                + " tells who has the outcome (AUC \(Self.thousandths(auc)))"
                        }
                            ?? "\"\(name)\" has another value than most in \(Wording.count(Int(only ?? 0))) rows, and all of "
                            + "them have the outcome"),
                    means: "most likely it is written because of the outcome, or is another name for it; the model "
                        + "would look excellent, and fail on customers whose outcome is still to come",
                    change: change(attribute, name)))
        }
        return (findings, attributes, places)
    }

    private func datesAhead(besides known: Set<Int>) -> [Finding] {
        zip(recipe.features, outcomes.dates).compactMap { feature, counts in
            guard case .daysSinceAttribute(let attribute) = feature.source, !known.contains(attribute),
                counts.aheadWithOutcome > 0, Self.aheadShare * counts.aheadWithOutcome >= counts.rowsWithOutcome,
                Double(counts.aheadWithOutcome) * Double(counts.rows - counts.rowsWithOutcome) >= Self.aheadRatio
                    * Double(counts.ahead - counts.aheadWithOutcome) * Double(counts.rowsWithOutcome)
            else { return nil }
            let name = recipe.attributes[attribute].attribute.name
            let (with, without) = (
                Wording.percent(Int(counts.aheadWithOutcome), of: Int(counts.rowsWithOutcome)),
                Wording.percent(
                    Int(counts.ahead - counts.aheadWithOutcome), of: Int(counts.rows - counts.rowsWithOutcome))
            )
            return Finding(
                .dateAfterAsOf, .warning, subject(attribute, name),
                "\(place(attribute))\"\(name)\" lies after the as-of date in \(with) of the rows with the outcome, and in "
                    + "\(without) of the others",
                means: "the table is newer than the training dates, and the outcome seems to have set this date",
                change: change(attribute, name))
        }
    }

    // MARK: Words

    private func place(_ attribute: Int?) -> String {
        attribute.map { "\(plan.datasets[recipe.attributes[$0].dataset].name): " } ?? ""
    }

    private func subject(_ attribute: Int?, _ name: String) -> String {
        attribute.map { "\(plan.datasets[recipe.attributes[$0].dataset].name).\(name)" } ?? name
    }

    private func change(_ attribute: Int?, _ name: String) -> String {
        guard let attribute else {
            return "if these events are recorded because of the outcome, leave them out with `exclude`"
        }
        let dataset = plan.datasets[recipe.attributes[attribute].dataset]
        return dataset.role == .features
            ? "unless it is known at the score date, add \"\(name)\" to features.drop"
            : "unless it was so at each training date, list \(dataset.name).attributes without \"\(name)\""
    }

    /// Cut off, so that only 1 reads as 1.
    private static func thousandths(_ value: Double) -> String {
        let digits = String(1000 + Int(value * 1000))
        return value >= 1 ? "1" : "0.\(digits.dropFirst())"
    }
}
