import Features
import Foundation
import InstanceFile
import RunOutputs

/// What a feature is: one of a finished run, or a kind.
package struct FeatureExplanation: Sendable {
    package let text: String

    /// - Parameters:
    ///   - code: a feature's code or name.
    ///   - folder: the run that has it; nil: the kind of feature that the code is of.
    package init(feature code: String, run folder: String?) throws(RunError) {
        guard let folder else {
            text = try Self.ofKind(code)
            return
        }
        let insights: InsightsFile
        do throws(InsightsError) {
            insights = try FinishedRun(folder: folder).insights
        } catch {
            throw .input("\(error)")
        }
        // A factor that stands for several features goes by all their names.
        let own = insights.factors.first { $0.name == code }?.code ?? code
        guard let feature = insights.features.first(where: { $0.code == own || $0.name == own }) else {
            let isDropped = insights.droppedFeatures.contains(code)
            let nearest = NearestName.nearest(to: code, among: insights.features.flatMap { [$0.code, $0.name] })
            throw .input(
                isDropped
                    ? "\(code) was left out of the run in \(folder): it had no value, or the same one for everybody, or stood for the "
                        + "date, or the instance excludes it"
                    : "the run in \(folder) has no feature \"\(code)\""
                        + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        guard let definition = feature.definition, let unit = feature.unit, let missing = feature.missing else {
            text = try Self.ofKind(feature.code)
            return
        }
        text =
            Self.lines(name: feature.name, code: feature.code, definition, unit, missing)
            + String(format: "\n  Known of  %.1f %% of the scored profiles", 100 * feature.coverage)
            + Self.twins(of: feature, insights)
    }

    /// The features whose contributions are one factor with this one's.
    private static func twins(of feature: InsightsFile.Feature, _ insights: InsightsFile) -> String {
        let leader = feature.sameAs ?? feature.code
        let others = insights.features.filter {
            ($0.code == leader || $0.sameAs == leader) && $0.code != feature.code
        }
        return others.isEmpty ? "" : "\n  One with  " + others.map(\.name).joined(separator: "; ")
    }

    private static func ofKind(_ code: String) throws(RunError) -> String {
        let named = FeatureKind.allCases.first { $0.code == code || $0.rawValue == code }
        guard let kind = named ?? FeatureReference.kind(ofCode: code) else {
            throw .input(
                "\"\(code)\" is no code of a feature that is made of events; the kinds are "
                    + FeatureKind.allCases.map(\.code).joined(separator: ", ")
                    + ". For an attribute name the run too: propensity explain RUN --feature CODE")
        }
        let reference = FeatureReference(of: kind)
        return lines(
            name: reference.name, code: reference.code, reference.definition, reference.unit, reference.missing)
    }

    private static func lines(
        name: String, code: String, _ definition: String, _ unit: String, _ missing: String
    ) -> String {
        """
        \(name)

          Code      \(code)
          What      \(definition)
          Unit      \(unit)
          Missing   \(missing)
        """
    }
}
