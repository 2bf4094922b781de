import Events
import InstanceFile
import Tables

extension FeatureRecipe {
    /// Chooses windows, slots and pairs, and lists the features that are made of events.
    mutating func addEventFeatures(
        _ source: EventSource, earliest: Int64, plan: InputPlan, ingested: IngestSummary, settings: FeatureSettings
    ) {
        dataStart = earliest
        let reach = (snapshots.map(\.asOf).min() ?? earliest) - earliest
        windows = settings.windows.filter { Days($0).microseconds <= reach }
        let candidates = slotCandidates(ingested, settings: settings)
        slots = candidates.map(\.slot)
        let detailed = detailedSlots(settings, customEvents: source.customEvents.count)
        let names = Set(NumberName.all(of: source, plan: plan, ingested: ingested).map(\.number))
        numberPairs = pairs(
            of: plan.numbers,
            candidates.map { $0.numbers.enumerated().map { names.contains($0) ? 0 : $1 } }, slots: detailed,
            limit: settings.numberPairs)
        categoryPairs = pairs(
            of: plan.categories, candidates.map(\.categories), slots: detailed, limit: settings.categoryPairs)

        var list = FeatureList(recipe: self, settings: settings)
        for slot in slots.indices {
            list.add(slot: slot, isDetailed: detailed.contains(slot))
            if candidates[slot].isPlanned { list.add(plannedSlot: slot) }
        }
        for pair in numberPairs.indices { list.add(numberPair: pair) }
        for pair in categoryPairs.indices { list.add(categoryPair: pair) }
        list.addHabits()
        features = list.features
    }

    private struct SlotCandidate {
        var slot: EventSlot
        /// How many of the slot's events have each field.
        var numbers: [Int]
        var categories: [Int]
        /// Whether some of its events are known before they happen.
        var isPlanned = false
    }

    /// Any event, the types by frequency, the rest of the types, then the custom events and those of the goal.
    private func slotCandidates(_ ingested: IngestSummary, settings: FeatureSettings) -> [SlotCandidate] {
        let types = ingested.types.sorted { a, b in
            a.events == b.events ? CanonicalText.precedes(a.name, b.name) : a.events > b.events
        }
        let own = types.prefix(settings.maximumTypes)
        var codes = UniqueCodes()
        var candidates: [SlotCandidate] = []
        func slot(_ kind: EventSlot.Kind, _ name: String, code: String) -> EventSlot {
            EventSlot(kind: kind, name: name, code: codes.unique(code))
        }
        let numbers = ingested.numbers.map(\.present)
        let categories = ingested.categories.map(\.present)
        if types.count > 1 || ingested.hasMoreTypes {
            candidates.append(
                SlotCandidate(slot: slot(.any, "event", code: "events"), numbers: numbers, categories: categories))
        }
        for type in own {
            candidates.append(
                SlotCandidate(
                    slot: slot(.type, type.name, code: slug(type.name)), numbers: type.numbers,
                    categories: type.categories, isPlanned: type.planned > 0))
        }
        if own.count < types.count || ingested.hasMoreTypes {
            // An event may be of several types; those of unlisted types are known by what the others leave.
            let rest = { (all: [Int], ofType: (IngestSummary.EventCounts) -> [Int]) in
                all.indices.map { field in
                    let listed = types.dropFirst(own.count).reduce(0) { $0 + ofType($1)[field] }
                    let left = all[field] - own.reduce(0) { $0 + ofType($1)[field] }
                    return ingested.hasMoreTypes ? max(listed, left) : listed
                }
            }
            candidates.append(
                SlotCandidate(
                    slot: slot(.otherTypes, "other event", code: "other_events"),
                    numbers: rest(numbers, \.numbers), categories: rest(categories, \.categories)))
        }
        for (index, custom) in ingested.customEvents.enumerated() where custom.events > 0 {
            candidates.append(
                SlotCandidate(
                    slot: slot(.customEvent(index), custom.name, code: slug(custom.name)), numbers: custom.numbers,
                    categories: custom.categories, isPlanned: custom.planned > 0))
        }
        return candidates
    }

    /// The slots that have every feature, the most telling first: any event, what the goal asks for, the commonest types,
    /// custom events.
    private func detailedSlots(_ settings: FeatureSettings, customEvents: Int) -> [Int] {
        var types: [Int] = []
        var first: [Int] = []
        var customs: [Int] = []
        for (index, slot) in slots.enumerated() {
            switch slot.kind {
            case .any: first.append(index)
            case .type, .otherTypes: types.append(index)
            case .customEvent(let custom) where custom >= customEvents: first.append(index)
            case .customEvent: customs.append(index)
            }
        }
        let commonest = settings.detailedSlots / 2
        return Array(
            (first + types.prefix(commonest) + customs + types.dropFirst(commonest))
                .prefix(settings.detailedSlots))
    }

    /// Each field with the first slot that carries it, then with the second, and so on up to `limit` pairs.
    ///
    /// Where a single type carries a field, "any event" would only repeat it and is left out.
    private func pairs(of fields: [String], _ present: [[Int]], slots detailed: [Int], limit: Int) -> [FieldPair] {
        var slotsOfField: [[Int]] = []
        for field in fields.indices {
            var carriers = detailed.filter { present[$0][field] > 0 }
            if let any = slots.firstIndex(where: { $0.kind == .any }),
                carriers.contains(where: { slots[$0].kind == .type && present[$0][field] == present[any][field] })
            {
                carriers.removeAll { $0 == any }
            }
            slotsOfField.append(carriers)
        }
        var pairs: [FieldPair] = []
        for round in slots.indices {
            for field in fields.indices where round < slotsOfField[field].count && pairs.count < limit {
                pairs.append(FieldPair(slot: slotsOfField[field][round], field: field, name: fields[field]))
            }
        }
        return pairs.sorted { ($0.slot, $0.field) < ($1.slot, $1.field) }
    }

    /// A feature an attribute: as it is, or a date as the days since, or the days until a subscription ends.
    mutating func addAttributes(plan: InputPlan, ingested: IngestSummary) {
        var codes = UniqueCodes(features.map(\.code))
        for (dataset, planned) in plan.datasets.enumerated() {
            for (column, attribute) in planned.attributes.enumerated() {
                let index = attributes.count
                attributes.append(RecipeAttribute(attribute: attribute, dataset: dataset, column: column))
                guard ingested.attributes[dataset][column].present > 0 else { continue }
                let (prefix, source): (String, FeatureSource) =
                    switch (attribute.kind, SubscriptionDate(attribute: attribute.name)) {
                    case (.date, .end): ("Days until ", .daysUntilAttribute(index))
                    case (.date, .start), (.date, nil): ("Days since ", .daysSinceAttribute(index))
                    case (.number, _), (.boolean, _), (.text, _): ("", .attribute(index))
                    }
                let code = prefix.isEmpty ? "" : slug(prefix) + "_"
                features.append(
                    FeatureDefinition(
                        code: codes.unique(code + slug(attribute.name)), name: prefix + attribute.name,
                        kind: attribute.kind == .text ? .categorical : .numeric, source: source))
            }
        }
    }
}

/// Codes that are each given once; a second one of the same name gets a number.
struct UniqueCodes {
    private var used: Set<String>

    init(_ used: [String] = []) { self.used = Set(used) }

    mutating func unique(_ code: String) -> String {
        var candidate = code
        var number = 2
        while !used.insert(candidate).inserted {
            candidate = "\(code)_\(number)"
            number += 1
        }
        return candidate
    }
}
