import Bytes
import Events
import Features
import Foundation
import InstanceFile
import RunOutputs
import Scoring
import Tables

/// New segments over a finished run, from its scores and factors, and from features made anew, without any training.
///
/// Members, and the bytes of the files that name them, are those that the run itself would have given the segment.
package struct PostHocSegments: Sendable {
    /// A line for each segment.
    package let text: String

    private static let folder = "added_segments"

    /// - Parameters:
    ///   - file: a list of segments, as in an instance.
    ///   - features: what `propensity features` has made of the run's instance and data; nil: conditions name none.
    ///   - output: the folder to write to, nil: `added_segments` in the run's folder.
    package init(run folder: String, file: String, features: String?, output: String?) throws(RunError) {
        let segments: [SegmentDefinition]
        let run: FinishedRun
        do {
            segments = try SegmentDefinition.parse(file: file)
            run = try FinishedRun(folder: folder)
        } catch {
            throw .input("\(error)")
        }
        let attributes = try Self.attributes(of: folder)
        let made = try features.map { folder throws(RunError) in try FeatureExport(folder: folder, of: run) }
        try Self.check(segments, run, attributes: attributes + (made?.codes ?? []), file: file)
        let mentioned = Set(segments.flatMap(\.condition.fieldPaths))
        let place = output ?? "\(folder)/\(Self.folder)"
        let shown = Dictionary(run.insights.factors.map { ($0.code, $0.name) }) { first, _ in first }
        var written: [String] = []
        var populations = segments.map { _ in Population() }
        do {
            try Self.check(place, isOwn: output == nil, segments, shards: run.record.shards)
            for segment in segments { try Files.makeDirectory("\(place)/\(slug(segment.name))") }
            for shard in 0..<run.record.shards {
                let part = "part-\(ShardStore.Name.padded(shard)).parquet"
                let shard = try ScoredPart(
                    run: folder, part: part, features: run.insights.features,
                    shown: shown,
                    made: made,
                    attributes: attributes, mentioned: mentioned)
                for (index, segment) in segments.enumerated() {
                    let rows = shard.scope.members(of: segment)
                    for row in rows { populations[index].add(probability: shard.probabilities[row]) }
                    written.append("\(Self.folder)/\(slug(segment.name))/\(part)")
                    if output == nil { try Additions.keep(written[written.count - 1], in: folder) }
                    _ = try NewFile.write(
                        shard.members(rows), to: "\(place)/\(slug(segment.name))/\(part)", below: nil)
                }
            }
            let groups = zip(segments, populations).map { InsightsFile.Segment($0.name, $1) }
            let summary = try RunJSON.encoded(groups)
            if output == nil {
                try Additions.write([("\(Self.folder)/summary.json", summary)], to: folder)
                try Additions.note(written, in: folder)
            } else {
                try Files.write(summary, to: "\(place)/summary.json")
            }
        } catch let error as RunError {
            throw error
        } catch {
            throw .failed(RunFailure(error))
        }
        let mean = run.insights.meanProbability
        text =
            zip(segments, populations).map { segment, population in
                let lift = mean > 0 ? String(format: ", lift %.2f", population.meanProbability / mean) : ""
                return "\(segment.name): \(population.profiles) profiles"
                    + (population.profiles == 0
                        ? ""
                        : String(
                            format: ", mean probability %.1f %%, %.0f expected outcomes",
                            population.meanProbability * 100,
                            population.expectedOutcomes) + lift)
            }.joined(separator: "\n") + "\n\(place)"
    }

    /// Refuses to write over what is not of a segment.
    private static func check(
        _ place: String, isOwn: Bool, _ segments: [SegmentDefinition], shards: Int
    ) throws(RunError) {
        if isOwn { return }
        _ = try NamedFile("\(place)/summary.json", "a summary of segments", replacing: EarlierLooks.isSummary)
        for segment in segments {
            for shard in 0..<shards {
                let part = "\(place)/\(slug(segment.name))/\(OutputFiles.part(shard))"
                _ = try NamedFile(part, "a segment", replacing: EarlierLooks.isMembers)
            }
        }
    }

    private static func check(
        _ segments: [SegmentDefinition], _ run: FinishedRun, attributes: [String], file: String
    ) throws(RunError) {
        let features = run.insights.features
        var problems = SegmentProblem.find(
            in: segments,
            features: (features.map { ($0.code, $0.name) } + run.insights.factors.map { ($0.code, $0.name) }),
            numbers: Set(features.filter { $0.kind == "numeric" }.map(\.code)), attributes: attributes
        ).map(\.description)
        let unknown = problems.count
        for segment in segments {
            for field in segment.condition.fieldPaths
            where features.contains(where: { $0.code == field }) && !attributes.contains(field) {
                problems.append("segment \"\(segment.name)\": \"\(field)\" is a feature")
            }
        }
        guard !problems.isEmpty else { return }
        if problems.count > unknown {
            problems.append(
                "a finished run keeps scores and factors, and attributes if its instance says `enrich: true`; make its "
                    + "features anew from the same instance and data, `propensity features \(run.record.instance) --output DIR`, "
                    + "and add `--features DIR`")
        }
        throw .input(problems.map { "\(file): \($0)" }.joined(separator: "\n"))
    }

    /// Those that the run's enriched profiles hold.
    private static func attributes(of folder: String) throws(RunError) -> [String] {
        let path = "\(folder)/profiles/part-\(ShardStore.Name.padded(0)).parquet"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do throws(TableError) {
            return try TableFile(path: path, allowingNoRows: true).schema.fields.map(\.name)
                .filter { !EnrichedProfile.own.contains($0) }
        } catch {
            throw .input("\(error)")
        }
    }
}

/// A part of a finished run's scores and factors.
private struct ScoredPart {
    let identities: [String]
    let scores: [Double]
    let probabilities: [Double]
    let scope: SegmentScope

    init(
        run folder: String, part: String, features: [InsightsFile.Feature], shown: [String: String],
        made: FeatureExport?, attributes: [String],
        mentioned: Set<String>
    ) throws(RunError) {
        // Of what conditions may ask for, what they do ask for: a run of an earlier version may not have all of it.
        let own =
            SegmentMembers.names + SegmentScope.outputs.filter(mentioned.subtracting(SegmentMembers.names).contains)
        let outputs = try ColumnLoader.read("\(folder)/scores/\(part)", own)
        let texts = outputs[0].texts()
        let identities = texts.codes.map { $0 < 0 ? "" : texts.dictionary[Int($0)] }
        self.identities = identities
        scores = outputs[1].numbers().values
        probabilities = outputs[2].numbers().values
        let path = "\(folder)/factors/\(part)"
        let columns = try ColumnLoader.read(path, ["profile", "code", "direction", "importance"]).map { $0.texts() }
        let places = Dictionary(features.enumerated().map { ($1.code, $0) }) { first, _ in first }
        // What each of a column's texts stands for.
        let feature = columns[1].dictionary.map { places[$0] }
        let direction = columns[2].dictionary.map(FactorDirection.init(rawValue:))
        let importance = columns[3].dictionary.map(FactorImportance.init(rawValue:))
        var factors = RowFactors(
            start: [0], feature: [], directions: [], importances: [], codes: features.map(\.code),
            names: features.map(\.name), shown: features.map { shown[$0.code] ?? $0.name },
            leaders: features.enumerated().map { place, feature in feature.sameAs.flatMap { places[$0] } ?? place })
        func text(_ column: Int, _ row: Int) -> Int { Int(columns[column].codes[row]) }
        for row in columns[0].codes.indices {
            guard text(0, row) >= 0, text(1, row) >= 0, text(2, row) >= 0, text(3, row) >= 0,
                let feature = feature[text(1, row)], let direction = direction[text(2, row)],
                let importance = importance[text(3, row)]
            else { throw .input("\(path): row \(row + 1) names no factor of this run") }
            let profile = columns[0].dictionary[text(0, row)]
            // Both files go through the profiles in the same order.
            while factors.start.count <= identities.count, identities[factors.start.count - 1] != profile {
                factors.start.append(row)
            }
            guard factors.start.count <= identities.count else {
                throw .input("\(path): profile \(profile) has factors and no score")
            }
            factors.feature.append(feature)
            factors.directions.append(direction)
            factors.importances.append(importance)
        }
        while factors.start.count <= identities.count { factors.start.append(factors.feature.count) }
        let attributes = attributes.filter(mentioned.contains)
        scope = SegmentScope(
            rowCount: identities.count, outputs: Array(outputs.dropFirst()),
            features: try made?.columns(mentioned.subtracting(attributes), part: part, of: identities) ?? [],
            attributes: try (attributes.isEmpty ? [] : ColumnLoader.read("\(folder)/profiles/\(part)", attributes)),
            factors: factors)
    }

    func members(_ rows: [Int]) -> Table {
        SegmentMembers.table(rows, of: identities, scores: scores, probabilities: probabilities)
    }
}
