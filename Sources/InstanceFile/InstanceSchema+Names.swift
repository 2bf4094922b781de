extension InstanceSchema {
    /// Either events with a goal, or a ready feature table.
    static func checkSource(_ fields: MappingReader, isTable: Bool, _ context: inout ParseContext) {
        guard isTable else {
            for name in ["events", "goal"] where !fields.has(name) { fields.reportMissing(name, &context) }
            return
        }
        for name in ["events", "goal", "eligible", "custom_events", "exclude", "duplicates", "snapshots"]
        where fields.has(name) {
            context.report(
                "has no meaning beside features: a ready feature table takes the place of events",
                at: fields.place(ofKey: name))
        }
    }

    /// Names that stand for two things, and events that nothing can produce.
    static func checkNames(
        _ fields: MappingReader, events: [EventDataset]?, custom: [CustomEvent]?, segments: [SegmentDefinition]?,
        _ context: inout ParseContext
    ) {
        let custom = custom ?? []
        let types = events.flatMap(knownTypes)
        for (index, event) in custom.enumerated() {
            let place = fields.place(of: "custom_events").item(index)
            if types?.contains(event.name) == true {
                context.report("\"\(event.name)\" is an event type already; choose another name", at: place)
            } else if custom[..<index].contains(where: { $0.name == event.name }) {
                context.report("the custom event \"\(event.name)\" is named twice", at: place)
            }
        }
        for (index, segment) in (segments ?? []).enumerated() {
            let earlier = (segments ?? [])[..<index].first { slug($0.name) == slug(segment.name) }
            guard let earlier else { continue }
            context.report(
                "\"\(segment.name)\" and \"\(earlier.name)\" would both be written to segments/\(slug(segment.name)), "
                    + "two outputs at one place; choose another name",
                at: fields.place(of: "segments").item(index))
        }
        for mention in context.eventMentions {
            let name = mention.name
            if let index = mention.customEventIndex, let own = custom.firstIndex(where: { $0.name == name }),
                own >= index
            {
                context.report(
                    "a custom event may build on those before it only; \"\(name)\" is "
                        + (own == index ? "itself" : "after it"),
                    at: mention.place)
            } else if let types, fields.has("custom_events") == !custom.isEmpty {
                let known = types + custom.map(\.name)
                if known.contains(name) { continue }
                let suggestion = NearestName.nearest(to: name, among: known)
                var list = suggestion == nil ? "; the events are \(known.joined(separator: ", "))" : ""
                if suggestion == nil, let column = context.typesOfAll.first {
                    list += "; if \"\(column)\" is the column that holds the types, write type: { column: \(column) }"
                }
                context.report(
                    "no dataset has events named \"\(name)\"\(list)", at: mention.place, suggestion: suggestion)
            }
        }
    }

    /// No event has two types, unless they are standard field groups, or one is a custom event.
    static func checkTogether(_ events: [EventDataset]?, _ custom: [CustomEvent]?, _ context: inout ParseContext) {
        guard let events, !events.contains(where: { $0.type == .standardXDM }) else { return }
        let custom = (custom ?? []).map(\.name)
        for (names, place) in context.togetherMentions {
            let types = names.filter { !custom.contains($0) }
            guard let first = types.first, let second = types.first(where: { $0 != first }) else { continue }
            context.report(
                "no event is both \"\(first)\" and \"\(second)\"; for a profile that has had both, write "
                    + "has: [{ event: \(first) }, { event: \(second) }] in eligible, or events: with the same list in goal",
                at: place)
        }
    }

    /// All types that the datasets can produce; nil if a column of a file decides, or may.
    private static func knownTypes(_ datasets: [EventDataset]) -> [String]? {
        var types: [String] = []
        for dataset in datasets {
            let names: [String]
            switch dataset.type {
            case .constant(let name): names = [name]
            case .rules(let rules): names = rules.map(\.name)
            case .column, .standardXDM: return nil
            }
            types += names.filter { !types.contains($0) }
        }
        return types
    }
}
