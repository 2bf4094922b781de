/// What is to be known of a feature to read its values: of one that was made, or of a kind.
package struct FeatureReference: Sendable, Equatable {
    package var code: String
    package var name: String
    package var definition: String
    package var unit: String
    /// What it means when a profile has no value.
    package var missing: String

    /// Of a kind, with EVENT, FIELD, ATTRIBUTE and WINDOW in the places of the user's words.
    package init(of kind: FeatureKind) {
        self.init(kind, code: kind.code, name: kind.name, words: [:], window: nil)
    }

    fileprivate init(_ kind: FeatureKind, code: String, name: String, words: [String: String], window: String?) {
        self.code = code
        self.name = name
        definition = FeatureKind.filled(kind.definition, words) + (window.map { " \($0)" } ?? "")
        unit = FeatureKind.filled(kind.unit, words)
        missing = FeatureKind.filled(kind.missing, words)
    }

    /// The kind of feature that a code is of, by its pattern; nil where it is none, or an attribute's.
    package static func kind(ofCode code: String) -> FeatureKind? {
        func isOf(_ kind: FeatureKind) -> Bool {
            let words = code.split(separator: "_").map(String.init)
            let own = kind.rawValue.split(separator: "_").map(String.init)
            let isWindow = { (word: String) in word == "all" || (word.last == "d" && Int(word.dropLast()) != nil) }
            return switch kind.shape {
            case .event, .field: words.count > own.count && words.suffix(own.count) == own[...]
            case .eventInWindow, .fieldInWindow:
                words.count > own.count + 1 && isWindow(words[words.count - 1])
                    && words.dropLast().suffix(own.count) == own[...]
            case .habit: code == kind.rawValue
            case .ofAttribute: words.count > own.count && words.prefix(own.count) == own[...]
            case .attribute: false
            }
        }
        // Of several the one that says more: days_since_last before last.
        return FeatureKind.allCases.filter(isOf).max { $0.rawValue.utf8.count < $1.rawValue.utf8.count }
    }

    /// The reference of all kinds, as a page.
    package static var page: String {
        let rows = FeatureKind.allCases.map { FeatureReference(of: $0) }.map { kind in
            "| `\(kind.code)` | \(kind.name) | \(kind.definition) | \(kind.unit) | \(kind.missing) |"
        }
        return """
            # Features

            What `propensity` makes of events and of tables of profiles. `propensity explain RUN --feature CODE` tells it of one
            feature, in the words of the instance; `propensity explain --feature CODE` of a kind.

            - **The score date** is a moment. `as_of: 2011-09-01` is the midnight (UTC) with which that day begins, so that the
              day itself lies ahead. A feature sees the events up to that moment, one at exactly that moment included; the
              outcome window begins behind it. Where the data have days without times, an event of 2011-09-01 is at exactly that
              midnight, and is seen.
            - **A window** of 30 days is the 30 x 24 hours before the score date: an event exactly 30 days before it is
              outside. `all` is all time that the data have.
            - **An event** is a row of the data: of a table of order lines each line, so that counts are of lines; days and sessions
              are of orders.
            - **EVENT** is an event type, a custom event, what the goal asks for, `other_events` (the rarer types together) or
              `events` (any event).

            | code | name | what it is | unit | missing means |
            | --- | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}

extension FeatureRecipe {
    /// What a feature of this recipe is, in the words of its instance.
    package func reference(of feature: FeatureDefinition) -> FeatureReference {
        let tenure = slots.firstIndex { $0.kind == .any }
        let kind = feature.source.kind(tenureSlot: tenure)
        var words: [String: String] = [:]
        func name(_ slot: Int) { words["EVENT"] = slots[slot].kind == .any ? "any event" : "“\(slots[slot].name)”" }
        func name(_ pair: FieldPair) {
            name(pair.slot)
            words["FIELD"] = "“\(pair.name)”"
        }
        var reach: Int?
        switch feature.source {
        case .count(let slot, let window), .activeDays(let slot, let window), .sessions(let slot, let window),
            .trend(let slot, let window, _):
            name(slot)
            reach = window
        case .daysSinceLast(let slot), .daysUntilNext(let slot), .upcoming(let slot), .firstShare(let slot),
            .meanGap(let slot), .lastGap(let slot),
            .gapDeviation(let slot), .lateness(let slot):
            name(slot)
        case .sum(let pair, let window), .mean(let pair, let window), .maximum(let pair, let window):
            name(numberPairs[pair])
            reach = window
        case .last(let pair), .sumPerSession(let pair): name(numberPairs[pair])
        case .distinct(let pair, let window):
            name(categoryPairs[pair])
            reach = window
        case .lastValue(let pair), .commonValue(let pair): name(categoryPairs[pair])
        case .meanHour, .weekendShare, .modalWeekdayShare, .attribute, .daysSinceAttribute, .daysUntilAttribute: break
        }
        let window = reach.map { index in
            index < windows.count
                ? "The window is the \(windows[index] == 1 ? "24 hours" : "\(windows[index]) days") before the score date."
                : "The window is all time that the data have."
        }
        var reference = FeatureReference(kind, code: feature.code, name: feature.name, words: words, window: window)
        if isFeatureTable, kind == .attribute {
            reference.definition = "The column of that name in the feature table."
            reference.unit = "as the column"
            reference.missing = "the row's field is empty"
        }
        return reference
    }
}
