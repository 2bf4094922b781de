import ArgumentParser
import Pipeline

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "A finished run's model as a file that other programs load.",
        discussion: """
            xgboost: JSON for xgboost.Booster(model_file=...), 2.0 or later, which predicts the same margins and contributions \
            (pred_contribs) to 1e-5. Give it the features under their codes (propensity features writes them): numbers as \
            they are, missing values as NaN, a category as its place, from 1 on, in the list that \
            booster.attr("categories") holds for the feature, and one more than the list is long for any other value.

            Margins are those before calibration: the calibrated log-odds are slope * margin + intercept, by \
            booster.attr("calibration"). booster.attr("names") holds the features' readable names.

            EXAMPLE
              propensity export results --format xgboost
              propensity export results --format xgboost --output churn.json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case xgboost }

    @Argument(help: ArgumentHelp("The run's output folder.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(help: "The format: xgboost.")
    var format: Format

    @Option(name: .shortAndLong, help: "The file to write; default: model/xgboost.json in the run's folder.")
    var output: String?

    func run() throws {
        let export = try ModelExport(xgboostOf: folder, output: output)
        say("\(export.trees) trees over \(export.features) features stand in \(export.path)")
    }
}
