/// The constants of the feature recipe, in one place so that they can be tuned.
package struct FeatureSettings: Sendable, Equatable {
    /// Windows in days, ascending, of which the data's reach decides how many are used; all time always is.
    package var windows = [1, 3, 7, 14, 30, 60, 90, 180, 365]
    /// The windows of active days, sessions, sums and distinct values; all time is one of them.
    package var coarseWindows = [30, 90, 365]
    /// The windows of the types that are described briefly.
    package var briefWindows = [7, 30, 90]
    /// A trend compares so many days with as many before.
    package var trendDays = [30, 90]
    /// Event types that have features of their own; rarer ones are folded into one.
    package var maximumTypes = 24
    /// Slots (any event, types, custom events) that have every feature; the rest have counts and recency.
    package var detailedSlots = 8
    /// Pairs of slot and number, and of slot and category, that have features.
    package var numberPairs = 16
    package var categoryPairs = 10
    /// Events of a session are at most so far apart.
    package var sessionGap: Int64 = 30 * 60 * 1_000_000

    /// Labelled snapshots, at most: usually; where goal events abound; and where they are rare.
    package var usualSnapshots = 8
    package var fewestSnapshots = 4
    package var mostSnapshots = 12
    /// Goal events in an outcome window, on average, below which they are rare, and from which on they abound.
    package var rareGoalEvents = 5_000
    package var abundantGoalEvents = 1_000_000
    /// Labelled snapshots are apart by a share of the outcome window, and by at least so many days.
    package var minimumStepDays = 7
    package var stepsInWindow = 3
    /// Days of data that must lie before a labelled snapshot.
    package var minimumHistoryDays = 30
    /// Earlier labelled snapshots have at least this share of the history of the latest one, for the longest window
    /// is bounded by the earliest snapshot; and the whole look-back, where that leaves room for a back-test.
    package var minimumHistoryShare = 0.5
    /// The newest event may be so much older than the as-of date: data are often loaded late, and shops close for holidays.
    package var maximumStaleDays = 7

    package init() {}
}

extension FeatureSettings {
    /// How many labelled snapshots to learn from at most: rare outcomes need more of them, where they abound a few do.
    func snapshots(goalEventsInWindow events: Double) -> Int {
        if events < Double(rareGoalEvents) { return mostSnapshots }
        return events < Double(abundantGoalEvents) ? usualSnapshots : fewestSnapshots
    }
}
