/// Lists the features of slots and pairs, with their codes and names.
struct FeatureList {
    private(set) var features: [FeatureDefinition] = []
    private let recipe: FeatureRecipe
    private let settings: FeatureSettings
    private var codes = UniqueCodes()

    init(recipe: FeatureRecipe, settings: FeatureSettings) {
        self.recipe = recipe
        self.settings = settings
    }

    /// Without detail: counts in a few windows, and the days since the last event.
    mutating func add(slot: Int, isDetailed: Bool) {
        let (code, name) = (recipe.slots[slot].code, recipe.slots[slot].name)
        let counted = recipe.slots[slot].kind == .any ? "events" : name
        let counts = isDetailed ? settings.windows : settings.briefWindows
        add("\(code)_count", "Count of \(counted)", counts) { .count(slot: slot, window: $0) }
        add("\(code)_days_since_last", "Days since last \(name)", .daysSinceLast(slot: slot))
        guard isDetailed else { return }
        if recipe.slots[slot].kind != .any {
            add("\(code)_days_since_first", "Days since first \(name)", .daysSinceFirst(slot: slot))
        }
        add("\(code)_active_days", "Days with \(name)", settings.coarseWindows) { .activeDays(slot: slot, window: $0) }
        add("\(code)_sessions", "Sessions with \(name)", settings.coarseWindows) { .sessions(slot: slot, window: $0) }
        add("\(code)_gap_mean", "Mean gap between \(counted) (days)", .meanGap(slot: slot))
        add("\(code)_gap_last", "Last gap between \(counted) (days)", .lastGap(slot: slot))
        add("\(code)_gap_deviation", "Variability of the gap between \(counted) (days)", .gapDeviation(slot: slot))
        add("\(code)_lateness", "Days since last \(name) against mean gap", .lateness(slot: slot))
        for days in settings.trendDays {
            guard let recent = recipe.windows.firstIndex(of: days), let both = recipe.windows.firstIndex(of: 2 * days)
            else { continue }
            add(
                "\(code)_trend_\(days)d", "Trend of \(counted), last \(days) days",
                .trend(slot: slot, recent: recent, both: both))
        }
    }

    mutating func add(numberPair pair: Int) {
        let (code, field, place) = names(of: recipe.numberPairs[pair])
        add("\(code)_sum", "Sum of \(field) in \(place)", settings.coarseWindows) { .sum(pair: pair, window: $0) }
        add("\(code)_mean", "Mean \(field) in \(place)", settings.coarseWindows) { .mean(pair: pair, window: $0) }
        add("\(code)_max", "Largest \(field) in \(place)", settings.coarseWindows) { .maximum(pair: pair, window: $0) }
        add("\(code)_last", "Last \(field) in \(place)", .last(pair: pair))
        add("\(code)_per_session", "Sum of \(field) per session with \(place)", .sumPerSession(pair: pair))
    }

    mutating func add(categoryPair pair: Int) {
        let (code, field, place) = names(of: recipe.categoryPairs[pair])
        add("\(code)_distinct", "Different \(field) in \(place)", settings.coarseWindows) {
            .distinct(pair: pair, window: $0)
        }
        add("\(code)_last_value", "Last \(field) in \(place)", .lastValue(pair: pair), .categorical)
        add("\(code)_most_frequent", "Most frequent \(field) in \(place)", .commonValue(pair: pair), .categorical)
    }

    /// Habits over events of any kind; the tenure is the first event of any kind.
    mutating func addHabits() {
        add("hour_mean", "Mean hour of day (UTC)", .meanHour)
        add("weekend_share", "Share of events at weekends", .weekendShare)
        add("weekday_share", "Share of events on the usual weekday", .modalWeekdayShare)
        if let any = recipe.slots.firstIndex(where: { $0.kind == .any }) {
            add("tenure_days", "Days since first event", .daysSinceFirst(slot: any))
        }
    }

    // MARK: Names

    private mutating func add(
        _ code: String, _ name: String, _ source: FeatureSource, _ kind: FeatureDefinition.Kind = .numeric
    ) {
        features.append(FeatureDefinition(code: codes.unique(code), name: name, kind: kind, source: source))
    }

    /// One feature a window.
    private mutating func add(
        _ code: String, _ name: String, _ days: [Int], _ source: (_ window: Int) -> FeatureSource
    ) {
        for window in windows(days) { add("\(code)_\(label(window))", name + suffix(window), source(window)) }
    }

    private func names(of pair: FieldPair) -> (code: String, field: String, place: String) {
        let slot = recipe.slots[pair.slot]
        return ("\(slot.code)_\(slug(pair.name))", pair.name, slot.kind == .any ? "any event" : slot.name)
    }

    /// The indices of those windows that are used, then of all time.
    private func windows(_ days: [Int]) -> [Int] {
        days.compactMap { recipe.windows.firstIndex(of: $0) } + [recipe.windows.count]
    }

    private func label(_ window: Int) -> String {
        window < recipe.windows.count ? "\(recipe.windows[window])d" : "all"
    }

    private func suffix(_ window: Int) -> String {
        guard window < recipe.windows.count else { return ", all time" }
        let days = recipe.windows[window]
        return days == 1 ? ", last 1 day" : ", last \(days) days"
    }
}
