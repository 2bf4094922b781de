import ClusterProtocol
import Events
import Features
import Learning
import Scoring
import Tables

/// The columns of `profiles/part-*.parquet`, besides those of attributes.
enum EnrichedProfile {
    /// How many of a profile's factors stand in its row.
    static let factors = 5
    static func factor(_ rank: Int) -> String { "factor_\(rank)" }
    static func contribution(_ rank: Int) -> String { "factor_\(rank)_contribution" }

    /// What no attribute's column may be called.
    static let own: [String] =
        ["profile"] + SegmentScope.outputs + (1...factors).flatMap { [factor($0), contribution($0)] }

    /// The column of an attribute: its name, or where that is taken the name and what it is.
    static func column(ofAttribute name: String) -> String { own.contains(name) ? "\(name) (attribute)" : name }
}

extension TaskExecutor {
    /// One shard's profiles with their attributes, scores and most influential factors.
    func enriched(_ explained: ExplainedShard) throws(Failure) -> Table {
        let (recipe, shard, scored) = (explained.recipe, explained.features, explained.scored)
        let (model, _) = try chosen.load(store)
        let count = scored.identities.count
        let kept = Dictionary(shard.attributes(of: recipe).map { ($0.name, $0.numbers().values) }) { first, _ in first }
        var columns: [Column] = [.texts("profile", scored.identities)]
        for (place, feature) in recipe.features.enumerated() {
            guard let attribute = recipe.attributeName(of: feature) else { continue }
            let name = EnrichedProfile.column(ofAttribute: attribute)
            if columns.contains(where: { $0.name == name }) { continue }
            if let values = kept[attribute] {
                columns.append(Column(name: name, values: .numbers(values)))
            } else {
                columns.append(Self.column(name, shard.columns[place], rows: count))
            }
        }
        columns += explained.scoreColumns
        let factors = explained.factors
        let names = explained.twins.names(model.features)
        for rank in 1...EnrichedProfile.factors {
            let places = (0..<count).map { row -> Int? in
                let places = factors.places(of: row)
                return rank <= places.count ? places.lowerBound + rank - 1 : nil
            }
            columns.append(
                Column(
                    name: EnrichedProfile.factor(rank),
                    values: .texts(
                        TextValues(
                            codes: places.map { $0.map { Int32(factors.feature[$0]) } ?? -1 },
                            dictionary: names))))
            columns.append(
                Column(
                    name: EnrichedProfile.contribution(rank),
                    values: .numbers(places.map { $0.map { Double(factors.contribution[$0]) } ?? .nan })))
        }
        return Table(columns: columns, rowCount: count)
    }
}
