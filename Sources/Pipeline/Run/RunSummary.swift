import Events
import Foundation
import Reporting
import RunOutputs

/// What a person reads when a run is done.
package struct RunSummary: Sendable {
    package private(set) var text: String
    /// The output folder.
    package let output: String

    init(_ insights: InsightsFile, output: String, seconds: Double, rejected: [String]) {
        self.output = output
        var lines: [String] = [
            "", "\(insights.name): \(insights.propensity)" + (insights.scoreDate.map { ", as of \($0)" } ?? ""), "",
        ]
        func row(_ label: String, _ value: String) {
            lines.append("  " + label + String(repeating: " ", count: max(1, 20 - label.count)) + value)
        }
        row(
            "Profiles scored",
            "\(Format.count(insights.profilesScored)), mean probability \(percent(insights.meanProbability))")
        for bucket in insights.buckets.reversed() {
            row(
                "  \(bucket.name)",
                "\(Format.count(bucket.profiles)), expected outcomes \(Format.count(Int(bucket.expectedOutcomes.rounded())))"
            )
        }
        if let backTest = insights.backTest {
            row("Back-test", Self.describe(backTest))
            row("Hold-out", Self.describe(insights.holdOut))
        } else {
            row("Hold-out", Self.describe(insights.holdOut))
            row(
                "Back-test",
                insights.labelledSnapshots.isEmpty
                    ? "none: a ready table has no dates" : "none: the data reach back for one date with outcomes only")
        }
        row("Model", Self.model(insights))
        if let baseline = insights.baseline { row("Logistic regression", Self.describe(baseline)) }
        lines.append("  Top factors         (what they make of a profile's odds, up or down, on average)")
        for factor in insights.factors.prefix(5) {
            lines.append("    \(String(format: "%.2f×", exp(min(factor.effect.meanMagnitude, 20))))  \(factor.name)")
        }
        if !insights.segments.isEmpty { lines.append("  Segments") }
        for segment in insights.segments {
            lines.append(
                "    \(segment.name): \(Format.count(segment.profiles)) profiles"
                    + (segment.profiles > 0 ? ", mean probability \(percent(segment.meanProbability))" : "")
            )
        }
        for line in rejected { row("Rows not used", line) }
        row("Results", "\(output)  (\(String(format: "%.1f", seconds)) s)")
        text = lines.joined(separator: "\n")
    }

    /// The same of results that have also gone to an object store.
    func saying(_ objects: ObjectResults?) -> RunSummary {
        guard let objects else { return self }
        var summary = self
        summary.text += "\n  In object store     \(objects.address)"
        return summary
    }

    /// Where the objective is a number.
    init(_ predictions: PredictionsFile, output: String, seconds: Double, rejected: [String]) {
        self.output = output
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        func row(_ label: String, _ value: String) -> String {
            "  " + label + String(repeating: " ", count: max(1, 20 - label.count)) + value
        }
        var lines = ["", "\(predictions.name)" + (predictions.scoreDate.map { ", as of \($0)" } ?? ""), ""]
        lines.append(
            row(
                "Profiles predicted",
                "\(Format.count(predictions.profilesPredicted)), mean \(number(predictions.meanPrediction))"))
        lines.append(
            row(
                "Labels",
                "\(Format.count(predictions.labels.rows)), \(number(predictions.labels.least)) to \(number(predictions.labels.largest))"
            ))
        let quality = predictions.holdOut.map {
            "root mean squared error \(number($0.rootMeanSquaredError)), of the mean \(number($0.rootMeanSquaredErrorOfMean)): "
                + "R² \(String(format: "%.3f", $0.rSquared)) on \(Format.count($0.rows)) rows"
        }
        lines.append(
            row("Hold-out", quality ?? "not measured: there is no labelled profile, or no measure of this objective"))
        lines.append(row("Model", "\(predictions.growth) trees: \(predictions.trees)"))
        lines.append("  Top factors         (what they make of a profile's prediction, up or down, on average)")
        for factor in predictions.factors.prefix(5) {
            lines.append("    \(number(factor.meanMagnitude))  \(factor.name)")
        }
        for line in rejected { lines.append(row("Rows not used", line)) }
        lines.append(row("Results", "\(output)  (\(String(format: "%.1f", seconds)) s)"))
        text = lines.joined(separator: "\n")
    }

    private static func model(_ insights: InsightsFile) -> String {
        guard let growth = insights.growth else { return "logistic regression" }
        return "\(growth) trees: \(insights.tried.first { $0.isChosen }?.trees ?? 0)"
    }

    /// As the summary's first measure is made.
    private static func describe(_ baseline: InsightsFile.Baseline) -> String {
        guard let auc = (baseline.backTest ?? baseline.holdOut).auc else { return "not measured" }
        let text =
            "AUC \(String(format: "%.3f", auc)) on the rows of the \(baseline.backTest == nil ? "hold-out" : "back-test")"
        guard let gain = baseline.logLossGain, let error = baseline.logLossGainStandardError, gain > error else {
            return text
        }
        return text + ", with better probabilities than the trees; try `model: { kind: logistic }`"
    }

    private static func describe(_ evaluation: InsightsFile.Evaluation) -> String {
        guard let auc = evaluation.auc, let low = evaluation.aucLow, let high = evaluation.aucHigh else {
            return "not measured: \(evaluation.outcomes) of \(evaluation.rows) rows have the outcome"
        }
        let numbers = [auc, low, high].map { String(format: "%.3f", $0) }
        let best = InsightsFile.Evaluation.words(ofAUC: high)
        let isRange = evaluation.verdict == InsightsFile.Evaluation.words(ofAUC: low) && evaluation.verdict != best
        let words = (evaluation.verdict ?? "") + (isRange ? " to \(best)" : "")
        return "AUC \(numbers[0]) (\(numbers[1])–\(numbers[2])), \(words); on "
            + "\(evaluation.profilesWithOutcome) profiles with the outcome"
    }
}

private func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
