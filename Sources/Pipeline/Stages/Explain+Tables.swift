import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

/// What is written of an explained shard.
extension TaskExecutor {
    func scoresTable(_ shard: ExplainedShard, _ scoreDate: Timestamp?) -> Table {
        let count = shard.scored.identities.count
        return Table(
            columns: [.texts("profile", shard.scored.identities)] + shard.scoreColumns + [
                Column(
                    name: "propensity_type",
                    values: .texts(
                        TextValues(
                            codes: [Int32](repeating: 0, count: count), dictionary: [instance.propensity.rawValue]))),
                scoreDateColumn(scoreDate, rows: count),
            ], rowCount: count)
    }

    /// - Parameter scoreDate: nil where there is none.
    func scoreDateColumn(_ scoreDate: Timestamp?, rows count: Int) -> Column {
        Column(
            name: "score_date", values: .timestamps([Int64](repeating: scoreDate?.microseconds ?? 0, count: count)),
            valid: scoreDate == nil ? [Bool](repeating: false, count: count) : nil)
    }

    /// A line a factor of a profile.
    ///
    /// - Parameters:
    ///   - shard: the features of the shard of that number.
    ///   - identities: of the profiles that have factors, in their order.
    ///   - names: what the model's features are called.
    func factorsTable(
        _ number: Int, _ shard: AssembledShard, _ factors: ProfileFactors, _ identities: [String], _ model: Model,
        names: [String]
    ) throws(Failure) -> Table {
        let binning: FeatureBinning = try read(.bins)
        guard factors.feature.allSatisfy({ $0 < model.features.count }),
            binning.columns.count == model.features.count,
            binning.columns.allSatisfy(shard.columns.indices.contains), identities.count <= shard.rowProfile.count
        else { throw Failure(.machine, "shard \(number): factors and features do not fit together") }
        let count = factors.feature.count
        var profileCodes: [Int32] = []
        var ranks: [Int64] = []
        var values: [String] = []
        profileCodes.reserveCapacity(count)
        for row in identities.indices {
            for (rank, place) in factors.places(of: row).enumerated() {
                profileCodes.append(Int32(row))
                ranks.append(Int64(rank + 1))
                let feature = Int(factors.feature[place])
                values.append(factorValue(shard.columns[binning.columns[feature]], row))
            }
        }
        let features = factors.feature.map(Int32.init)
        return Table(
            columns: [
                Column(name: "profile", values: .texts(TextValues(codes: profileCodes, dictionary: identities))),
                Column(name: "rank", values: .integers(ranks)),
                Column(
                    name: "code", values: .texts(TextValues(codes: features, dictionary: model.features.map(\.code)))),
                Column(
                    name: "name", values: .texts(TextValues(codes: features, dictionary: names))),
                .texts("value", values),
                Column(name: "contribution", values: .numbers(factors.contribution.map(Double.init))),
                Column(
                    name: "direction",
                    values: .texts(
                        TextValues(
                            codes: factors.contribution.map { $0 > 0 ? 0 : 1 },
                            dictionary: [FactorDirection.raises.rawValue, FactorDirection.lowers.rawValue]))),
                Column(
                    name: "importance",
                    values: .texts(
                        TextValues(
                            codes: factors.importance.map(Int32.init),
                            dictionary: FactorImportance.allCases.map(\.rawValue)))),
            ], rowCount: count)
    }

    /// The value as the user knows it: the number (to two decimals), the category, or "none".
    private func factorValue(_ column: FeatureColumn, _ row: Int) -> String {
        switch column {
        case .numeric(let values):
            let value = Double(values[row])
            guard value.isFinite else { return "none" }
            let rounded = (value * 100).rounded() / 100
            return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
        case .categorical(let codes, let dictionary):
            return codes[row] < 0 ? "none" : dictionary[Int(codes[row])]
        }
    }
}
