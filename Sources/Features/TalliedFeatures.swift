import Tables

/// Which of a recipe's features are read off a tally, and where each stands in it: those of windows by kind, for there are
/// most of them, and what they take is but a copy.
struct TalliedFeatures {
    private struct Place {
        /// Index of the feature.
        var feature: Int
        /// Into the tally's cells, amounts or distinct values.
        var place: Int
    }

    private var counts: [Place] = []
    private var activeDays: [Place] = []
    private var sessions: [Place] = []
    private var sums: [Place] = []
    private var means: [Place] = []
    private var maxima: [Place] = []
    private var distinct: [Place] = []
    private var single: [(feature: Int, source: FeatureSource)] = []
    /// Features that come from elsewhere, by their index.
    private(set) var others: [Int] = []
    private let windows: Int

    init(_ recipe: FeatureRecipe) {
        windows = recipe.windows.count
        let stride = windows + 1
        for (index, feature) in recipe.features.enumerated() {
            func place(_ slot: Int, _ window: Int) -> Place { Place(feature: index, place: slot * stride + window) }
            switch feature.source {
            case .count(let slot, let window): counts.append(place(slot, window))
            case .activeDays(let slot, let window): activeDays.append(place(slot, window))
            case .sessions(let slot, let window): sessions.append(place(slot, window))
            case .sum(let pair, let window): sums.append(place(pair, window))
            case .mean(let pair, let window): means.append(place(pair, window))
            case .maximum(let pair, let window): maxima.append(place(pair, window))
            case .distinct(let pair, let window): distinct.append(place(pair, window))
            case .daysUntilNext, .upcoming, .lastValue, .commonValue: others.append(index)
            case .attribute, .daysSinceAttribute, .daysUntilAttribute: break
            default: single.append((index, feature.source))
            }
        }
    }

    /// Writes one row's numbers.
    ///
    /// - Parameters:
    ///   - numeric: by feature, then by row.
    ///   - dataDays: from where the data begin to the snapshot.
    func fill(
        _ numeric: inout [Float], _ tally: borrowing ActivityTally, row: Int, of rows: Int, asOf: Int64,
        dataDays: Double
    ) {
        let (cells, amounts, values) = (tally.cells, tally.amounts, tally.distinct)
        for each in counts { numeric[each.feature &* rows &+ row] = Float(cells[each.place].events) }
        for each in activeDays { numeric[each.feature &* rows &+ row] = Float(cells[each.place].activeDays) }
        for each in sessions { numeric[each.feature &* rows &+ row] = Float(cells[each.place].sessions) }
        for each in sums { numeric[each.feature &* rows &+ row] = Float(amounts[each.place].sum) }
        for each in means { numeric[each.feature &* rows &+ row] = Float(amounts[each.place].mean) }
        for each in maxima { numeric[each.feature &* rows &+ row] = Float(amounts[each.place].largest) }
        for each in distinct { numeric[each.feature &* rows &+ row] = Float(values[each.place]) }
        for (feature, source) in single {
            numeric[feature &* rows &+ row] = Float(
                tally.value(of: source, asOf: asOf, windows: windows, dataDays: dataDays))
        }
    }
}

extension ActivityTally.Amount {
    fileprivate var mean: Double { count == 0 ? .nan : sum / Double(count) }
    fileprivate var largest: Double { count == 0 ? .nan : maximum }
}
