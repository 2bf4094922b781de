/// A factor's values among a bucket's profiles beside those among all others, as shares of each.
struct Distribution {
    /// Some neighbouring values of a number, a category, or "none".
    struct Group: Equatable {
        var label: String
        var own: Int
        var others: Int
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
    }

    /// At most so many groups, besides those without a value.
    static let limit = 12
    private static let rowHeight = 24.0
    private static let barWidth = 150.0

    var rows: [Row]
    var height: String

    init?(_ values: InsightsFile.Values, bucket: String) {
        let groups = Self.groups(values, bucket: bucket)
        let own = groups.reduce(0) { $0 + $1.own }
        let others = groups.reduce(0) { $0 + $1.others }
        guard own > 0, !groups.isEmpty else { return nil }
        func share(_ count: Int, _ total: Int) -> Double { total > 0 ? Double(count) / Double(total) : 0 }
        let largest = groups.map { max(share($0.own, own), share($0.others, others)) }.max() ?? 1
        rows = groups.enumerated().map { index, group in
            let (mine, theirs) = (share(group.own, own), share(group.others, others))
            let top = Double(index) * Self.rowHeight + 4
            return Row(
                label: group.label, short: Format.shortened(group.label, to: 17), own: Format.percent(mine),
                others: Format.percent(theirs), bucket: bucket, textY: Format.place(top + 12),
                ownY: Format.place(top), othersY: Format.place(top + 9),
                ownWidth: Format.place(mine / largest * Self.barWidth),
                othersWidth: Format.place(theirs / largest * Self.barWidth), labelY: Format.place(top + 12))
        }
        height = Format.place(Double(groups.count) * Self.rowHeight + 6)
    }

    /// The first, if there is any, of profiles without a value.
    static func groups(_ values: InsightsFile.Values, bucket: String) -> [Group] {
        guard let own = values.counts[bucket] else { return [] }
        let all = [values.counts.low, values.counts.medium, values.counts.high]
        guard all.allSatisfy({ $0.count == own.count }), own.count > 1 else { return [] }
        let others = own.indices.map { place in all.reduce(0) { $0 + $1[place] } - own[place] }
        var groups: [Group]
        if let edges = values.edges {
            guard own.count == edges.count + 2 else { return [] }
            groups = numeric(edges, Array(own.dropFirst()), Array(others.dropFirst()))
        } else {
            let names = values.categories ?? []
            guard own.count == names.count + 2 else { return [] }
            groups = categories(names, Array(own.dropFirst()), Array(others.dropFirst()))
        }
        groups.removeAll { $0.own + $0.others == 0 }
        if own[0] + others[0] > 0 { groups.insert(Group(label: "none", own: own[0], others: others[0]), at: 0) }
        return groups
    }

    /// Neighbours together until each group has its part of the profiles.
    private static func numeric(_ edges: [Double], _ own: [Int], _ others: [Int]) -> [Group] {
        let total = own.reduce(0, +) + others.reduce(0, +)
        let areWhole = areBetweenWhole(edges)
        var groups: [Group] = []
        var first = 0
        var (mine, theirs, passed) = (0, 0, 0)
        for place in own.indices {
            mine += own[place]
            theirs += others[place]
            passed += own[place] + others[place]
            let isLast = place == own.count - 1
            // A new group as soon as the share of the profiles that are past is worth one more.
            guard isLast || passed * limit >= total * (groups.count + 1) || own.count <= limit else { continue }
            let low = first == 0 ? nil : edges[first - 1]
            let high = isLast ? nil : edges[place]
            groups.append(Group(label: label(low, high, areWhole: areWhole), own: mine, others: theirs))
            (first, mine, theirs) = (place + 1, 0, 0)
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
    private static func categories(_ names: [String], _ own: [Int], _ others: [Int]) -> [Group] {
        let byCount = names.indices.sorted { (own[$1] + others[$1], $0) < (own[$0] + others[$0], $1) }
        let kept = Set(byCount.prefix(limit))
        var groups: [Group] = []
        var rest = Group(label: "all others", own: own[names.count], others: others[names.count])
        for (place, name) in names.enumerated() {
            if kept.contains(place) {
                groups.append(Group(label: Format.shortened(name, to: 80), own: own[place], others: others[place]))
            } else {
                rest.own += own[place]
                rest.others += others[place]
            }
        }
        return groups + [rest]
    }
}
