import Foundation

@testable import Insights

/// A finished run's summaries, made up: three buckets, a numeric and a categorical factor.
struct MadeRun {
    var name = "Buys again"
    var propensity = "conversion"
    var version = 3
    var auc: Double? = 0.8
    var categories = ["blue", "red"]
    var categoryCounts = ["low": [1, 5, 3, 1], "medium": [0, 10, 10, 0], "high": [0, 1, 8, 1]]
    var edges = [1.5, 2.5]
    var edgeCounts = ["low": [0, 8, 1, 1], "medium": [2, 6, 6, 6], "high": [0, 1, 2, 7]]
    var events: [[String: Any]] = [["name": "Purchase", "count": 70]]
    var extraFactors = 0
    /// nil: no instance at all.
    var instanceText: String?

    func finished() throws -> FinishedRun {
        try FinishedRun(
            insights: Array(JSONSerialization.data(withJSONObject: insights)),
            record: Array(JSONSerialization.data(withJSONObject: record)))
    }

    private var evaluation: [String: Any] {
        guard let auc else { return ["rows": 10, "outcomes": 0, "deciles": [], "gains": [], "roc": []] }
        // In parts, which the compiler takes one by one.
        let deciles = (1...10).map { rank -> [String: Any] in
            let hasOutcome = rank < 5
            let meanProbability = 1 - Double(rank) / 11
            let cumulativeShare = min(1, Double(rank) / 4)
            return [
                "rank": rank, "rows": 1.0, "outcomes": hasOutcome ? 1.0 : 0.0, "mean_probability": meanProbability,
                "rate": hasOutcome ? 1.0 : 0.0, "lift": hasOutcome ? 2.5 : 0.0, "cumulative_share": cumulativeShare,
            ]
        }
        let gains: [Double] = (0...100).map { min(1, Double($0) / 40) }
        let roc: [[String: Double]] = [
            ["probability": 0.5, "false_positive_rate": 0.25, "true_positive_rate": 0.75],
            ["probability": 0.0, "false_positive_rate": 1.0, "true_positive_rate": 1.0],
        ]
        let (low, high) = (auc - 0.04, auc + 0.04)
        return [
            "rows": 10, "outcomes": 4, "base_rate": 0.4, "auc": auc, "auc_low": low, "auc_high": high,
            "verdict": "good",
            "log_loss": 0.5, "calibration_error": 0.02, "deciles": deciles, "gains": gains, "roc": roc,
        ]
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
        return [
            "version": version, "name": name, "propensity": propensity, "score_date": "2011-09-01",
            "labelled_snapshots": ["2011-06-03", "2011-05-04"], "profiles_scored": 40, "mean_probability": 0.4,
            "kind": "trees", "growth": "symmetric", "hold_out": evaluation, "back_test": evaluation,
            "baseline": ["hold_out": evaluation, "back_test": evaluation], "additivity_gap": 1e-6,
            "tried": [
                [
                    "growth": "symmetric", "depth": 6, "learning_rate": 0.1, "l2": 1, "trees": 12,
                    "validation_log_loss": 0.5, "is_chosen": true,
                ] as [String: Any]
            ],
            "calibration": ["slope": 1, "intercept": 0, "is_kept": false],
            "buckets": [("low", 10), ("medium", 20), ("high", 10)].map { bucket, profiles -> [String: Any] in
                [
                    "name": bucket, "profiles": profiles, "mean_probability": 0.4,
                    "expected_outcomes": Double(profiles) * 0.4, "factors": codes,
                ]
            },
            "score_histogram": (0..<100).map { $0 % 5 == 0 ? 2 : 0 }, "segments": [],
            "suggested_segments": [
                [
                    "name": "High likelihood, raised by \(name)", "bucket": "high", "factor": "days",
                    "direction": "raises", "profiles": 7, "mean_probability": 0.8, "expected_outcomes": 5.6,
                    "lift": 2.0,
                    "rule": "- { name: \(name) }",
                ] as [String: Any]
            ],
            "factors_per_profile": 10, "factors": factors,
            "features": codes.map { ["code": $0, "name": $0, "kind": "numeric", "coverage": 0.5] as [String: Any] },
            "dropped_features": ["nothing"],
        ]
    }

    private var record: [String: Any] {
        [
            "product": "0", "instance": "\(name).yaml", "instance_text": instanceText ?? "name: \(name)",
            "started": "2026-01-01T00:00:00Z",
            "seconds": 61.2, "shards": 1, "profiles": 50, "duplicates_dropped": 3,
            "inputs": [
                [
                    "dataset": name, "rows": 100, "kept": 90, "rejected": [["name": "missing identity", "count": 10]],
                    "earliest": "2010-01-01T00:00:00Z", "latest": "2011-08-31T12:30:00Z",
                ] as [String: Any]
            ],
            "events": events,
            "findings": [["severity": "warning", "what": name, "change": "nothing"]],
            "stages": [["title": "Scoring", "seconds": 1.5, "bytes": 12_345] as [String: Any]],
            "workers": [["seconds": 0.1, "worker": 1, "event": "joined from \(name)"] as [String: Any]],
            "outputs": [["path": "x", "bytes": 10] as [String: Any]],
        ]
    }
}
