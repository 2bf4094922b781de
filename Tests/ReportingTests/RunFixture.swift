import Foundation

@testable import Reporting
@testable import RunOutputs

/// A finished run's summaries, made up: three buckets, a numeric and a categorical factor.
struct RunFixture {
    var name = "Buys again"
    var propensity = "conversion"
    var version = 4
    /// By how much a logistic regression's log loss is lower.
    var regressionGain = 0.0
    var auc: Double? = 0.8
    var categories = ["blue", "red"]
    var categoryCounts = ["low": [1, 5, 3, 1], "medium": [0, 10, 10, 0], "high": [0, 1, 8, 1]]
    var edges = [1.5, 2.5]
    var edgeCounts = ["low": [0, 8, 1, 1], "medium": [2, 6, 6, 6], "high": [0, 1, 2, 7]]
    var events: [[String: Any]] = [["name": "Purchase", "count": 70]]
    var extraFactors = 0
    var profiles = 40
    /// nil: no instance at all.
    var instanceText: String?

    func finished() throws -> FinishedRun {
        try FinishedRun(
            insights: Array(JSONSerialization.data(withJSONObject: insights)),
            record: Array(JSONSerialization.data(withJSONObject: record)))
    }

    private var evaluation: [String: Any] {
        guard let auc else { return ["rows": 10, "outcomes": 0, "deciles": [Int](), "gains": [Int](), "roc": [Int]()] }
        var evaluation: [String: Any] = ["rows": 10, "outcomes": 4, "base_rate": 0.4, "verdict": "good"]
        evaluation["profiles"] = ["with": 3, "without": 5]
        evaluation["auc"] = auc
        evaluation["auc_low"] = auc - 0.04
        evaluation["auc_high"] = auc + 0.04
        evaluation["log_loss"] = 0.5
        evaluation["calibration_error"] = 0.02
        evaluation["deciles"] = (1...10).map(decile)
        evaluation["gains"] = (0...100).map { (percent: Int) -> Double in min(1, Double(percent) / 40) }
        evaluation["roc"] = [point(0.25, 0.75), point(1, 1)]
        return evaluation
    }

    private func decile(_ rank: Int) -> [String: Any] {
        let isReached = rank < 5
        var decile: [String: Any] = ["rank": rank, "rows": 1.0, "outcomes": isReached ? 1.0 : 0.0]
        decile["mean_probability"] = 1 - Double(rank) / 11
        decile["rate"] = isReached ? 1.0 : 0.0
        decile["lift"] = isReached ? 2.5 : 0.0
        decile["cumulative_share"] = min(1, Double(rank) / 4)
        return decile
    }

    private func point(_ falsePositives: Double, _ truePositives: Double) -> [String: Any] {
        ["probability": 0.5, "false_positive_rate": falsePositives, "true_positive_rate": truePositives]
    }

    private func factor(_ code: String, _ name: String, _ kind: String, _ values: [String: Any]) -> [String: Any] {
        let effect: [String: Any] = [
            "mean_contribution": 0.25, "mean_magnitude": 0.5, "coverage": 0.95, "top_share": 0.9,
        ]
        return [
            "code": code, "name": name, "kind": kind, "effect": effect,
            "by_bucket": ["low": effect, "medium": effect, "high": effect], "values": values,
        ]
    }

    private var insights: [String: Any] {
        var factors = [
            factor("days", "Days since \(name)", "numeric", ["edges": edges, "counts": edgeCounts]),
            factor("colour", "Colour", "categorical", ["categories": categories, "counts": categoryCounts]),
        ]
        for index in 0..<extraFactors {
            factors.append(factor("f\(index)", "Feature \(index)", "numeric", ["edges": edges, "counts": edgeCounts]))
        }
        let codes = factors.compactMap { $0["code"] as? String }
        var insights: [String: Any] = ["version": version, "name": name, "propensity": propensity]
        insights["score_date"] = "2011-09-01"
        insights["labelled_snapshots"] = ["2011-06-03", "2011-05-04"]
        insights["profiles_scored"] = profiles
        insights["mean_probability"] = 0.4
        insights["kind"] = "trees"
        insights["growth"] = "symmetric"
        insights["hold_out"] = evaluation
        insights["back_test"] = evaluation
        insights["baseline"] = [
            "hold_out": evaluation, "back_test": evaluation, "log_loss_gain": regressionGain,
            "log_loss_gain_standard_error": 0.005,
        ]
        insights["additivity_gap"] = 1e-6
        var tried: [String: Any] = ["growth": "symmetric", "depth": 6, "learning_rate": 0.1, "l2": 1]
        tried["trees"] = 12
        tried["validation_log_loss"] = 0.5
        tried["is_chosen"] = true
        insights["tried"] = [tried]
        let calibration: [String: Any] = ["slope": 1, "intercept": 0, "is_kept": false]
        insights["calibration"] = calibration
        insights["buckets"] = [bucket("low", 10, codes), bucket("medium", 20, codes), bucket("high", 10, codes)]
        insights["score_histogram"] = (0..<100).map { (score: Int) -> Int in score % 5 == 0 ? 2 : 0 }
        insights["segments"] = [Int]()
        var suggested: [String: Any] = ["name": "High likelihood, raised by \(name)", "bucket": "high"]
        suggested["factor"] = "days"
        suggested["direction"] = "raises"
        suggested["profiles"] = 7
        suggested["mean_probability"] = 0.8
        suggested["expected_outcomes"] = 5.6
        suggested["lift"] = 2.0
        suggested["rule"] = "- { name: \(name) }"
        insights["suggested_segments"] = [suggested]
        insights["factors_per_profile"] = 10
        insights["factors"] = factors
        insights["features"] = codes.map(feature)
        insights["dropped_features"] = ["nothing"]
        return insights
    }

    private func bucket(_ name: String, _ profiles: Int, _ codes: [String]) -> [String: Any] {
        var bucket: [String: Any] = ["name": name, "profiles": profiles, "mean_probability": 0.4]
        bucket["expected_outcomes"] = Double(profiles) * 0.4
        bucket["factors"] = codes
        return bucket
    }

    private func feature(_ code: String) -> [String: Any] {
        ["code": code, "name": code, "kind": "numeric", "coverage": 0.5]
    }

    private var record: [String: Any] {
        var record: [String: Any] = ["product": "0", "instance": "\(name).yaml", "started": "2026-01-01T00:00:00Z"]
        record["version"] = 1
        record["instance_text"] = instanceText ?? "name: \(name)"
        record["seconds"] = 61.2
        record["shards"] = 1
        record["profiles"] = 50
        record["duplicates_dropped"] = 3
        var input: [String: Any] = ["dataset": name, "rows": 100, "kept": 90]
        let rejected: [String: Any] = ["name": "missing identity", "count": 10]
        input["rejected"] = [rejected]
        input["earliest"] = "2010-01-01T00:00:00Z"
        input["latest"] = "2011-08-31T12:30:00Z"
        record["inputs"] = [input]
        record["events"] = events
        record["findings"] = [
            ["code": "notice", "severity": "warning", "subject": "", "what": name, "change": "nothing"]
        ]
        let stage: [String: Any] = ["stage": "score", "title": "Scoring", "seconds": 1.5, "bytes": 12_345]
        record["stages"] = [stage]
        let worker: [String: Any] = ["seconds": 0.1, "worker": 1, "event": "joined from \(name)"]
        record["workers"] = [worker]
        let output: [String: Any] = ["path": "x", "bytes": 10, "sha256": ""]
        record["outputs"] = [output]
        return record
    }
}
