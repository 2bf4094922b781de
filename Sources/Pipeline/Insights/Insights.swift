import Events
import Features
import InstanceFile
import Learning
import RunOutputs
import Scoring
import Tables

extension FeatureRecipe {
    /// nil of a table without dates, as of no date.
    var scoreDate: Timestamp? {
        let isDated = !isFeatureTable || asOf != nil || snapshots[0].asOf != 0
        return isDated ? Timestamp(microseconds: snapshots[0].asOf) : nil
    }
}

/// Makes `insights.json` of what a run found out. The same for the same data and instance, whatever the cluster.
enum Insights {
    static func file(of found: RunFindings, _ instance: Instance) -> InsightsFile {
        let (prepared, binned, trained, scored) = (found.prepared, found.binned, found.trained, found.scored)
        let recipe = prepared.recipe
        let labelled =
            recipe.isFeatureTable
            ? [] : recipe.snapshots.dropFirst().map { Timestamp(microseconds: $0.asOf).description }
        let profiles = scored.summary.margins.rows
        let unlabelled = prepared.ingested.unlabelled
        let outlook = Outlook(
            auc: AUCPrediction(dates: trained.bySnapshot), profiles: unlabelled > 0 ? unlabelled : profiles)
        let meanProbability = scored.context.meanProbability
        let summary = scored.explanation.factors
        let details = FactorDetails(
            model: trained.model, names: scored.context.twins.names(trained.model.features),
            values: binned.counts.scored, outcomes: binned.counts.byFeature)
        let buckets = zip(Bucket.allCases, scored.explanation.buckets).map { bucket, population in
            InsightsFile.Bucket(
                name: bucket.name, profiles: Int(population.profiles), meanProbability: population.meanProbability,
                expectedOutcomes: population.expectedOutcomes, factors: largest(in: bucket, summary, trained.model))
        }
        let holdOut = evaluation(trained.holdOut, trained.model.calibration, outlook)
        let used = Set(binned.binning.columns)
        return InsightsFile(
            version: InsightsFile.versions.upperBound, name: instance.name, propensity: instance.propensity.rawValue,
            scoreDate: recipe.scoreDate?.description, labelledSnapshots: labelled, profilesScored: profiles,
            meanProbability: meanProbability, kind: trained.kind.rawValue,
            growth: trained.kind == .trees ? "\(trained.model.growth)" : nil,
            tried: trained.tried.map(candidate), backTest: trained.backTest.map { evaluation($0, outlook) },
            holdOut: holdOut,
            holdOutBySnapshot: zip(labelled, trained.bySnapshot).map(measure),
            baseline: trained.baseline.map { baseline($0, outlook) },
            calibration: calibration(trained.model.calibration, trained.holdOut.margins, holdOut),
            bucketRule: rule(instance.buckets), buckets: buckets,
            scoreHistogram: scored.explanation.scores.map(Int.init),
            expectedGains: expectedGains(scored.summary.margins, trained.model.calibration),
            segments: zip(instance.segments, scored.explanation.segments).map { InsightsFile.Segment($0.name, $1) },
            suggestedSegments: suggestions(
                scored.explanation.reasons, details, buckets: scored.explanation.buckets,
                meanProbability: meanProbability,
                isChurn: instance.propensity == .churn),
            factorsPerProfile: TaskExecutor.factorLimit,
            factors: factors(summary, details, detailed: Set(buckets.flatMap(\.factors))),
            features: features(recipe, binned.binning, trained.model, scored, profiles: profiles),
            droppedFeatures: recipe.features.indices.filter { !used.contains($0) }.map { recipe.features[$0].code },
            additivityGap: scored.explanation.additivityGap)
    }

    private static func candidate(_ tried: Trained.Candidate) -> InsightsFile.Candidate {
        InsightsFile.Candidate(
            growth: "\(tried.settings.growth)", depth: tried.settings.depth,
            learningRate: tried.settings.learningRate, l2: tried.settings.lambda, trees: tried.trees,
            validationLogLoss: tried.validationLoss, isChosen: tried.isChosen, rows: tried.rows)
    }

    private static func rule(_ rule: BucketRule) -> InsightsFile.BucketRule {
        InsightsFile.BucketRule(
            by: rule == .rank ? "percentile" : "score", low: rule.cuts.low, high: rule.cuts.high)
    }

    private static func features(
        _ recipe: FeatureRecipe, _ binning: FeatureBinning, _ model: Model, _ scored: Scored, profiles: Int
    ) -> [InsightsFile.Feature] {
        binning.columns.enumerated().map { place, column in
            let feature = recipe.features[column]
            let reference = recipe.reference(of: feature)
            let leader = Int(scored.context.twins.leaders[place])
            return InsightsFile.Feature(
                code: feature.code, name: feature.name, kind: "\(feature.kind)",
                coverage: Double(scored.summary.known[place]) / Double(max(1, profiles)),
                definition: reference.definition, unit: reference.unit, missing: reference.missing,
                sameAs: leader == place ? nil : model.features[leader].code)
        }
    }

    private static func expectedGains(_ margins: MarginHistogram, _ calibration: Calibration) -> [Double] {
        margins.quantiles(100, calibration).reduce(into: [0]) { gains, part in
            gains.append(gains[gains.count - 1] + part.rows * part.meanProbability)
        }
    }
}

extension InsightsFile.Segment {
    init(_ name: String, _ population: Population) {
        self.init(
            name: name, profiles: Int(population.profiles), meanProbability: population.meanProbability,
            expectedOutcomes: population.expectedOutcomes)
    }
}
