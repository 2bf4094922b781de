import InstanceFile
import Mustache
import Readiness
package import RunOutputs

/// `report.html`: one page that needs nothing else, of a finished run's two summaries.
///
/// Words are in `Templates/`, figures come from the summaries through `Format`, and everything that data have given is
/// escaped. Its size depends on how many factors and segments are shown, not on how many profiles there are.
package struct Report: Sendable {
    package let html: String

    package init(_ run: FinishedRun) throws(InsightsError) {
        html = try Self.render(Page(run))
    }

    private static func render(_ page: Page) throws(InsightsError) -> String {
        var library = MustacheLibrary()
        for (name, bytes) in templates {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                throw .template(name)
            }
        }
        guard let html = library.render(page, withTemplate: "report") else { throw .template("report") }
        return html
    }

    private static var templates: [(String, [UInt8])] {
        [
            ("report", PackageResources.report_mustache), ("scores", PackageResources.scores_mustache),
            ("factors", PackageResources.factors_mustache), ("segments", PackageResources.segments_mustache),
            ("evaluation", PackageResources.evaluation_mustache), ("curve", PackageResources.curve_mustache),
            ("history", PackageResources.history_mustache), ("rates", PackageResources.rates_mustache),
            ("measured", PackageResources.measured_mustache),
            ("data", PackageResources.data_mustache), ("run", PackageResources.run_mustache),
        ]
    }
}

/// Everything that the page's templates name.
struct Page {
    var title: String
    var propensity: String
    var isChurn: Bool
    /// nil where rows have no dates.
    var scoreDate: String?
    var style = String(decoding: PackageResources.report_css, as: UTF8.self)
    var script = String(decoding: PackageResources.report_js, as: UTF8.self)
    var definition: Definition
    var scores: Scores
    var influence: Influence
    var segmentation: Segmentation
    var evaluation: Evaluated
    var history: History
    var quality: DataQuality
    var facts: RunFacts

    init(_ run: FinishedRun) {
        let insights = run.insights
        title = insights.name
        propensity = insights.propensity
        isChurn = insights.propensity == "churn"
        definition = Definition(run)
        scoreDate = definition.label == nil ? insights.scoreDate.map(Format.moment) : nil
        scores = Scores(insights)
        influence = Influence(insights)
        segmentation = Segmentation(insights)
        evaluation = Evaluated(insights)
        history = History(run)
        quality = DataQuality(run)
        facts = RunFacts(run)
    }

    /// Buckets as the page lists them: those to look at first, first.
    static let bucketOrder = Bucket.allCases.reversed().map(\.name)
}
