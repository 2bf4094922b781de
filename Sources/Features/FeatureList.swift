import Events
import InstanceFile

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
        let isAny = recipe.slots[slot].kind == .any
        add(.count, slot, isDetailed ? settings.windows : settings.briefWindows) { .count(slot: slot, window: $0) }
        add(.daysSinceLast, slot, .daysSinceLast(slot: slot))
        guard isDetailed else { return }
        // Of any event it is the tenure.
        if !isAny { add(.firstShare, slot, .firstShare(slot: slot)) }
        add(.activeDays, slot, settings.coarseWindows) { .activeDays(slot: slot, window: $0) }
        add(.sessions, slot, settings.coarseWindows) { .sessions(slot: slot, window: $0) }
        add(.meanGap, slot, .meanGap(slot: slot))
        add(.lastGap, slot, .lastGap(slot: slot))
        add(.gapDeviation, slot, .gapDeviation(slot: slot))
        add(.lateness, slot, .lateness(slot: slot))
        for days in settings.trendDays {
            guard let recent = recipe.windows.firstIndex(of: days), let both = recipe.windows.firstIndex(of: 2 * days)
            else { continue }
            add(.trend, slot, in: recent, .trend(slot: slot, recent: recent, both: both))
        }
    }

    /// What is known to come.
    mutating func add(plannedSlot slot: Int) {
        add(.daysUntilNext, slot, .daysUntilNext(slot: slot))
        add(.upcoming, slot, .upcoming(slot: slot))
    }

    mutating func add(numberPair pair: Int) {
        let field = recipe.numberPairs[pair]
        add(.sum, field, settings.coarseWindows) { .sum(pair: pair, window: $0) }
        add(.mean, field, settings.coarseWindows) { .mean(pair: pair, window: $0) }
        add(.maximum, field, settings.coarseWindows) { .maximum(pair: pair, window: $0) }
        add(.last, field, .last(pair: pair))
        add(.sumPerSession, field, .sumPerSession(pair: pair))
    }

    mutating func add(categoryPair pair: Int) {
        let field = recipe.categoryPairs[pair]
        add(.distinct, field, settings.coarseWindows) { .distinct(pair: pair, window: $0) }
        add(.lastValue, field, .lastValue(pair: pair), .categorical)
        add(.commonValue, field, .commonValue(pair: pair), .categorical)
    }

    /// Habits over events of any kind; the tenure is the first event of any kind.
    mutating func addHabits() {
        for (kind, source) in [
            (.meanHour, .meanHour), (.weekendShare, .weekendShare), (.modalWeekdayShare, .modalWeekdayShare),
        ] as [(FeatureKind, FeatureSource)] {
            add(kind.code, kind.name, source)
        }
        if let any = recipe.slots.firstIndex(where: { $0.kind == .any }) {
            add(FeatureKind.tenure.code, FeatureKind.tenure.name, .firstShare(slot: any))
        }
    }

    // MARK: Names

    private mutating func add(
        _ code: String, _ name: String, _ source: FeatureSource, _ kind: FeatureDefinition.Kind = .numeric
    ) {
        features.append(FeatureDefinition(code: codes.unique(code), name: name, kind: kind, source: source))
    }

    private mutating func add(
        _ kind: FeatureKind, _ slot: Int, in window: Int? = nil, _ source: FeatureSource
    ) {
        let event = recipe.slots[slot]
        add(
            kind.code(event: event.code, window: window.map(label)),
            kind.name(event: event.kind == .any && kind.isOfMany ? "events" : event.name) + (window.map(suffix) ?? ""),
            source)
    }

    /// One feature a window.
    private mutating func add(
        _ kind: FeatureKind, _ slot: Int, _ days: [Int], _ source: (_ window: Int) -> FeatureSource
    ) {
        for window in windows(days) { add(kind, slot, in: window, source(window)) }
    }

    private mutating func add(
        _ kind: FeatureKind, _ pair: FieldPair, in window: Int? = nil, _ source: FeatureSource,
        _ type: FeatureDefinition.Kind = .numeric
    ) {
        let event = recipe.slots[pair.slot]
        add(
            kind.code(event: event.code, field: slug(pair.name), window: window.map(label)),
            kind.name(event: event.kind == .any ? "any event" : event.name, field: pair.name)
                + (window.map(suffix) ?? ""),
            source, type)
    }

    private mutating func add(
        _ kind: FeatureKind, _ pair: FieldPair, _ days: [Int], _ source: (_ window: Int) -> FeatureSource
    ) {
        for window in windows(days) { add(kind, pair, in: window, source(window)) }
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
