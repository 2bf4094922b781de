import RunOutputs

/// A factor's values among a bucket's profiles beside those among all others, as shares of each.
struct Distribution {
    /// Some neighbouring values of a number, a category, or "none".
    struct Group: Equatable {
        var label: String
        var own: Int
        var others: Int
        /// Of a date whose outcome is known: rows with such a value, and outcomes among them.
        var rows = 0
        var outcomes = 0

        mutating func add(_ other: Group) {
            own += other.own
            others += other.others
            rows += other.rows
            outcomes += other.outcomes
        }
    }

    struct Row {
        var label: String
        var short: String
        var own: String
        var others: String
        var bucket: String
        var textY: String
        var ownY: String
        var othersY: String
        var ownWidth: String
        var othersWidth: String
        var labelY: String
        /// The share of those with such a value that had the outcome; nil of too few.
        var rate: String?
        var rateWidth: String
    }

    /// At most so many groups, besides those without a value.
    static let limit = 12
    private static let rowHeight = 24.0
    private static let barWidth = 150.0

    /// Of fewer rows a rate says nothing.
    private static let fewestRows = 30

    var rows: [Row]
    var hasRates: Bool
    var height: String

    init?(_ values: InsightsFile.Values, bucket: String) {
        let groups = Self.groups(values, bucket: bucket)
        let own = groups.reduce(0) { $0 + $1.own }
        let others = groups.reduce(0) { $0 + $1.others }
        guard own > 0, !groups.isEmpty else { return nil }
        func share(_ count: Int, _ total: Int) -> Double { total > 0 ? Double(count) / Double(total) : 0 }
        let largest = groups.map { max(share($0.own, own), share($0.others, others)) }.max() ?? 1
        let rates = groups.map { $0.rows < Self.fewestRows ? nil : Double($0.outcomes) / Double($0.rows) }
        let highestRate = max(rates.compactMap { $0 }.max() ?? 0, 1e-9)
        hasRates = rates.contains { $0 != nil }
        rows = groups.enumerated().map { index, group in
            let (mine, theirs) = (share(group.own, own), share(group.others, others))
            let top = Double(index) * Self.rowHeight + 4
            return Row(
                label: group.label, short: Format.shortened(group.label, to: 17), own: Format.percent(mine),
                others: Format.percent(theirs), bucket: bucket, textY: Format.place(top + 12),
                ownY: Format.place(top), othersY: Format.place(top + 9),
                ownWidth: Format.place(mine / largest * Self.barWidth),
                othersWidth: Format.place(theirs / largest * Self.barWidth), labelY: Format.place(top + 12),
                rate: rates[index].map(Format.percent),
                rateWidth: Format.place((rates[index] ?? 0) / highestRate * Self.barWidth))
        }
        height = Format.place(Double(groups.count) * Self.rowHeight + 6)
    }

    /// The first, if there is any, of profiles without a value.
    static func groups(_ values: InsightsFile.Values, bucket: String) -> [Group] {
        guard let own = values.counts[bucket] else { return [] }
        let all = [values.counts.low, values.counts.medium, values.counts.high]
        guard all.allSatisfy({ $0.count == own.count }), own.count > 1 else { return [] }
        let others = own.indices.map { place in all.reduce(0) { $0 + $1[place] } - own[place] }
        let isMeasured = values.rows?.count == own.count && values.outcomes?.count == own.count
        let bins = own.indices.map { place in
            Group(
                label: "none", own: own[place], others: others[place],
                rows: isMeasured ? values.rows?[place] ?? 0 : 0,
                outcomes: isMeasured ? values.outcomes?[place] ?? 0 : 0)
        }
        var groups: [Group]
        if let edges = values.edges {
            guard own.count == edges.count + 2 else { return [] }
            let isKnown = values.lowest?.count == own.count && values.highest?.count == own.count
            groups =
                isKnown
                ? numeric(zip(values.lowest ?? [], values.highest ?? []).map { ($0, $1) }, bins)
                : numeric(edges, Array(bins.dropFirst()))
        } else {
            let names = values.categories ?? []
            guard own.count == names.count + 2 else { return [] }
            groups = categories(names, Array(bins.dropFirst()))
        }
        groups.removeAll { $0.own + $0.others == 0 }
        if own[0] + others[0] > 0 { groups.insert(bins[0], at: 0) }
        return groups
    }

    /// Neighbours together until each group has its part of the profiles, named by the values that they have.
    ///
    /// - Parameter ends: each bin's lowest and highest value, the missing one first; nil where nobody has one.
    private static func numeric(_ ends: [(lowest: Double?, highest: Double?)], _ bins: [Group]) -> [Group] {
        let places = bins.indices.dropFirst().filter { bins[$0].own + bins[$0].others > 0 }
        let total = places.reduce(0) { $0 + bins[$1].own + bins[$1].others }
        var groups: [Group] = []
        var current: (group: Group, low: Double?, high: Double?)?
        var passed = 0
        for place in places {
            var group = current?.group ?? Group(label: "", own: 0, others: 0)
            group.add(bins[place])
            let (low, high) = (current?.low ?? ends[place].lowest, ends[place].highest ?? current?.high)
            passed += bins[place].own + bins[place].others
            guard place == places.last || passed * limit >= total * (groups.count + 1) || places.count <= limit else {
                current = (group, low, high)
                continue
            }
            group.label = label(low, high)
            groups.append(group)
            current = nil
        }
        return groups
    }

    private static func label(_ lowest: Double?, _ highest: Double?) -> String {
        guard let lowest, let highest else { return "other values" }
        return lowest == highest ? Format.value(lowest) : "\(Format.value(lowest)) – \(Format.value(highest))"
    }

    /// The same of files that know the bins' edges only.
    private static func numeric(_ edges: [Double], _ bins: [Group]) -> [Group] {
        let total = bins.reduce(0) { $0 + $1.own + $1.others }
        let areWhole = areBetweenWhole(edges)
        var groups: [Group] = []
        var first = 0
        var group = Group(label: "", own: 0, others: 0)
        var passed = 0
        for (place, bin) in bins.enumerated() {
            group.add(bin)
            passed += bin.own + bin.others
            let isLast = place == bins.count - 1
            // A new group as soon as the share of the profiles that are past is worth one more.
            guard isLast || passed * limit >= total * (groups.count + 1) || bins.count <= limit else { continue }
            let low = first == 0 ? nil : edges[first - 1]
            let high = isLast ? nil : edges[place]
            group.label = label(low, high, areWhole: areWhole)
            groups.append(group)
            (first, group) = (place + 1, Group(label: "", own: 0, others: 0))
        }
        return groups
    }

    /// Whether edges are half-way between whole numbers, so that values can be taken for whole.
    private static func areBetweenWhole(_ edges: [Double]) -> Bool {
        edges.allSatisfy { abs($0) < 1e15 && ($0 * 2).rounded() == $0 * 2 }
            && edges.contains { $0.rounded(.down) != $0 }
    }

    /// Values over `low` up to `high`.
    static func label(_ low: Double?, _ high: Double?, areWhole: Bool) -> String {
        let (low, high) = areWhole ? (low.map { $0.rounded(.down) + 1 }, high?.rounded(.down)) : (low, high)
        switch (low, high) {
        case (let low?, nil) where areWhole: return "≥ \(Format.value(low))"
        case (nil, nil): return "any value"
        case (nil, let high?): return "≤ \(Format.value(high))"
        case (let low?, nil): return "> \(Format.value(low))"
        case (let low?, let high?) where areWhole && low == high: return Format.value(low)
        case (let low?, let high?): return "\(Format.value(low)) – \(Format.value(high))"
        }
    }

    /// The most frequent, in their order, and all others.
    private static func categories(_ names: [String], _ bins: [Group]) -> [Group] {
        func count(_ place: Int) -> Int { bins[place].own + bins[place].others }
        let byCount = names.indices.sorted { (count($1), $0) < (count($0), $1) }
        let kept = Set(byCount.prefix(limit))
        var groups: [Group] = []
        var rest = bins[names.count]
        rest.label = "all others"
        for (place, name) in names.enumerated() {
            if kept.contains(place) {
                groups.append(bins[place])
                groups[groups.count - 1].label = Format.shortened(name, to: 80)
            } else {
                rest.add(bins[place])
            }
        }
        return groups + [rest]
    }
}
