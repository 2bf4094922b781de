import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

extension TaskExecutor {
    /// A shard's scored profiles as conditions see them, with those features that some condition mentions.
    func scope(_ explained: ExplainedShard) throws(Failure) -> SegmentScope {
        let (recipe, shard, factors) = (explained.recipe, explained.features, explained.factors)
        let (model, _) = try chosen.load(store)
        let count = explained.scored.identities.count
        let mentioned = Set(instance.segments.flatMap(\.condition.fieldPaths))
        let kept = Dictionary(shard.attributes(of: recipe).map { ($0.name, $0.values) }) { first, _ in first }
        var features: [Column] = []
        var attributes: [Column] = []
        for (index, feature) in recipe.features.enumerated() {
            let attribute = recipe.attributeName(of: feature)
            func column(_ name: String) -> Column? {
                guard mentioned.contains(name) else { return nil }
                if let values = attribute.flatMap({ kept[$0] }) { return Column(name: name, values: values) }
                return Self.column(name, shard.columns[index], rows: count)
            }
            features += [column(feature.code)].compactMap { $0 }
            attributes += [attribute.flatMap(column)].compactMap { $0 }
        }
        return SegmentScope(
            rowCount: count, outputs: explained.scoreColumns, features: features, attributes: attributes,
            factors: RowFactors(
                start: factors.start.map(Int.init), feature: factors.feature.map(Int.init),
                directions: factors.contribution.map { $0 > 0 ? .raises : .lowers },
                importances: factors.importance.map { FactorImportance.allCases[Int($0)] },
                codes: model.features.map(\.code), names: model.features.map(\.name),
                shown: explained.twins.names(model.features), leaders: explained.twins.leaders.map(Int.init)))
    }

    /// The scoring rows, which are the first, of a feature.
    static func column(_ name: String, _ feature: FeatureColumn, rows: Int) -> Column {
        switch feature {
        case .numeric(let values): Column(name: name, values: .numbers(values.prefix(rows).map(\.asWritten)))
        case .categorical(let codes, let dictionary):
            Column(name: name, values: .texts(TextValues(codes: Array(codes.prefix(rows)), dictionary: dictionary)))
        }
    }
}

extension FeatureRecipe {
    /// The attribute that a feature is, by the user's name for it; nil for features of events and of dates.
    func attributeName(of feature: FeatureDefinition) -> String? {
        guard case .attribute(let index) = feature.source else { return nil }
        return attributes[index].attribute.name
    }
}
