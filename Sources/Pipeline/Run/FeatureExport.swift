import Features
import Foundation
import RunOutputs
import Scoring
import Tables

/// Features that `propensity features` has made of a finished run's instance and data.
struct FeatureExport {
    private let folder: String
    private let isText: [String: Bool]
    var codes: [String] { isText.keys.sorted() }

    init(folder: String, of run: FinishedRun) throws(RunError) {
        self.folder = folder
        let path = "\(folder)/\(PublishedResults.Kind.features.mark)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw .input(
                "\(folder) holds no \(PublishedResults.Kind.features.mark); name a folder that `propensity features` has made"
            )
        }
        let catalogue = try RunJSON.decode(FeatureCatalogue.self, file: path)
        guard catalogue.version == FeatureCatalogue.formatVersion else {
            throw .input(
                "\(path) has version \(catalogue.version), and this program reads \(FeatureCatalogue.formatVersion)")
        }
        let date = InsightsFile.scoreDate(catalogue.snapshots.first) ?? "no date"
        let wanted = run.insights.scoreDate ?? "no date"
        guard date == wanted else {
            throw .input(
                "\(path): the features are as of \(date), and the run's scores of \(wanted); make them as of then")
        }
        isText = Dictionary(catalogue.features.map { ($0.code, $0.kind == "\(FeatureDefinition.Kind.categorical)") }) {
            first, _ in
            first
        }
    }

    /// Those of the named features that there are, of a part's scored profiles.
    func columns(_ names: Set<String>, part: String, of profiles: [String]) throws(RunError) -> [Column] {
        let codes = codes.filter(names.contains)
        guard !codes.isEmpty else { return [] }
        let path = "\(folder)/features/\(part)"
        let columns = try ColumnLoader.read(path, ["profile"] + codes)
        // Rows of the score date come first, in the order of the scores.
        let identities = columns[0].texts()
        let found = identities.codes.prefix(profiles.count).map { $0 < 0 ? "" : identities.dictionary[Int($0)] }
        guard found == profiles else {
            throw .input(
                "\(path): its rows are not of the run's profiles; make the features of the data that the run read")
        }
        return zip(codes, columns.dropFirst()).map { code, column in
            guard isText[code] == true else {
                let values = column.numbers().values.prefix(profiles.count)
                return Column(name: code, values: .numbers(values.map { Float($0).asWritten }))
            }
            let texts = column.texts()
            return Column(
                name: code,
                values: .texts(
                    TextValues(codes: Array(texts.codes.prefix(profiles.count)), dictionary: texts.dictionary)))
        }
    }
}
