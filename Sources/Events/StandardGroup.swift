import InstanceFile
import Tables

/// A standard field group of XDM experience events, whose presence in a record makes it an event of that type. A record may
/// have several: an order is also a purchase, and a search also a visit of a page.
///
/// A group's measures decide where the record has any of them: it is of the type when one is above zero. Else it is of
/// the type when the group is there at all: a record in its place, or one of its telling fields.
struct StandardGroup: Sendable {
    /// The event type.
    let name: String
    let measures: [String]
    let signs: [String]

    /// What the standard's keys have before them in some files and not in others.
    static let keyPrefix = "xdm:"

    /// In the order of the product's documentation.
    static let all: [StandardGroup] =
        [
            StandardGroup(
                name: "order", measures: [],
                signs: [
                    "commerce.order", "commerce.order.purchaseID", "commerce.order.purchaseOrderNumber",
                    "commerce.order.priceTotal",
                ])
        ]
        + [
            "productListViews", "checkouts", "purchases", "productListRemovals", "productListOpens", "productViews",
        ].map { measure($0, at: ["commerce.\($0)"]) }
        + [
            StandardGroup(
                name: "webVisit", measures: values(of: "web.webPageDetails.pageViews"),
                signs: ["web.webPageDetails", "web.webPageDetails.name", "web.webPageDetails.URL"]),
            StandardGroup(
                name: "webInteraction", measures: values(of: "web.webInteraction.linkClicks"),
                signs: ["web.webInteraction", "web.webInteraction.name", "web.webInteraction.URL"]),
        ]
        + ["closes", "crashes", "featureUsages", "firstLaunches", "installs", "launches", "upgrades"].map { name in
            measure(name, at: ["application.\(name)", "application.application\(capitalized(name))"])
        }
        + [
            StandardGroup(
                name: "search", measures: [],
                signs: ["search", "search.keywords", "siteSearch", "siteSearch.phrase", "siteSearch.query"])
        ]

    /// Names the type of a record that has none of the groups.
    static let eventType = "eventType"

    /// Every path that is looked at.
    static let paths: [String] = all.flatMap { $0.measures + $0.signs } + [eventType]

    /// A group that is a single measure, {id, value} or the value itself.
    private static func measure(_ name: String, at paths: [String]) -> StandardGroup {
        StandardGroup(name: name, measures: paths.flatMap(values), signs: paths.flatMap { [$0, "\($0).id"] })
    }

    private static func capitalized(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    private static func values(of path: String) -> [String] { ["\(path).value", path] }
}

extension StandardGroup {
    /// The types of each row, as codes that `types` gives to their sets; -1 for none.
    static func types(in scope: EventScope, _ types: inout TextCodes) -> [Int32] {
        var groups = [UInt32](repeating: 0, count: scope.rowCount)
        for (index, group) in all.enumerated() { group.mark(&groups, 1 << UInt32(index), in: scope) }
        var codes: [UInt32: Int32] = [:]
        var found = scope.typesNamed(in: scope.column(eventType), &types)
        for row in groups.indices where groups[row] != 0 {
            if let code = codes[groups[row]] {
                found[row] = code
                continue
            }
            let names = all.indices.filter { groups[row] & 1 << UInt32($0) != 0 }.map { all[$0].name }
            found[row] = types.code(of: TypeSet.text(of: names))
            codes[groups[row]] = found[row]
        }
        return found
    }

    /// Sets a bit in the rows that have the group.
    private func mark(_ rows: inout [UInt32], _ bit: UInt32, in scope: EventScope) {
        var isMeasured = [Bool](repeating: false, count: rows.count)
        for path in measures {
            // A boolean is a record, or says no more than that.
            guard let column = scope.column(path), !column.isBoolean else { continue }
            let values = column.numbers().values
            for row in rows.indices where !values[row].isNaN {
                isMeasured[row] = true
                if values[row] > 0 { rows[row] |= bit }
            }
        }
        for path in signs {
            guard let column = scope.column(path) else { continue }
            let isTrue = FieldTest.notEquals(.boolean(false)).evaluate(on: column, rowCount: rows.count)
            for row in rows.indices where !isMeasured[row] && !column.isMissing(row) {
                if !column.isBoolean || isTrue[row] { rows[row] |= bit }
            }
        }
    }
}

extension StandardGroup {
    /// Whether a field of an XDM record says who, when or what kind of event it is, and is no fact about it.
    static func isBookkeeping(_ path: String) -> Bool {
        let keys = path.split(separator: ".")
        guard let first = keys.first, let last = keys.last else { return false }
        let records = [
            "_id", "_repo", "_experience", "identityMap", "endUserIDs", "timestamp", "receivedTimestamp", "eventType",
            "eventMergeId", "producedBy", "implementationDetails", "segmentMembership",
        ]
        return records.contains { first == $0 } || last == "_id" || last == "id"
            || all.contains { $0.measures.contains(path) }
    }
}

extension Column {
    fileprivate var isBoolean: Bool { values.kind.ofItems == .boolean }
}
