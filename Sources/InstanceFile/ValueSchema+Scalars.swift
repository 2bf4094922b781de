internal import Foundation
internal import Tables

extension ValueSchema where Value == String {
    /// A text with something in it. Unquoted numbers and dates are taken as they are written.
    static let text = ValueSchema(schema: ["type": "string", "pattern": "\\S"]) { place, context in
        switch place.written {
        case .number(_, let text), .date(_, let text): return text
        case .text(let text):
            if text.contains(where: { !$0.isWhitespace }) { return text }
            context.report("is empty", at: place)
        case .boolean:
            context.report("expected text, found true or false; put it in quotes if it is a name", at: place)
        case .nothing, .list, .mapping: context.reportKind(expected: "text", at: place)
        }
        return nil
    }

    static let regularExpression = ValueSchema(schema: text.schema.adding(["format": "regex"])) { place, context in
        guard let pattern = text.read(place, &context) else { return nil }
        do throws(TextPattern.Flaw) {
            _ = try TextPattern(pattern)
            return pattern
        } catch {
            context.report("\"\(pattern)\" is no regular expression: \(error.reason)", at: place)
            return nil
        }
    }

    /// The IANA name of a time zone that this machine knows.
    static let timeZone = ValueSchema(schema: text.schema) { place, context in
        guard let name = text.read(place, &context) else { return nil }
        if TimeZone(identifier: name) != nil { return name }
        context.report(
            "\"\(name)\" is no time zone; use an IANA name such as Europe/London", at: place,
            suggestion: NearestName.nearest(to: name, among: TimeZone.knownTimeZoneIdentifiers.sorted()))
        return nil
    }
}

extension ValueSchema where Value == Bool {
    static let boolean = ValueSchema(schema: ["type": "boolean"]) { place, context in
        if case .boolean(let truth) = place.written { return truth }
        context.reportKind(expected: "true or false", at: place)
        return nil
    }
}

extension ValueSchema where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> ValueSchema {
        var schema: JSONValue = ["type": "integer", "minimum": .integer(range.lowerBound)]
        if range.upperBound < .max { schema = schema.adding(["maximum": .integer(range.upperBound)]) }
        return ValueSchema(schema: schema) { place, context in
            guard case .number(let number, let text) = place.written else {
                context.reportKind(expected: "a whole number", at: place)
                return nil
            }
            guard let integer = Int(text) ?? Int(exactly: number) else {
                context.report("expected a whole number, found \(text)", at: place)
                return nil
            }
            if range.contains(integer) { return integer }
            let limits =
                range.upperBound < .max
                ? "between \(range.lowerBound) and \(range.upperBound)" : "at least \(range.lowerBound)"
            context.report("\(text) is out of range; it must be \(limits)", at: place)
            return nil
        }
    }
}

extension ValueSchema where Value == Double {
    /// A number from the lower bound (itself excluded if `isPositive`) to the upper one.
    static func number(_ range: ClosedRange<Double>, isPositive: Bool = false) -> ValueSchema {
        let lower: JSONValue = .number(range.lowerBound)
        let schema: JSONValue = ["type": "number", "maximum": .number(range.upperBound)]
        return ValueSchema(schema: schema.adding(isPositive ? ["exclusiveMinimum": lower] : ["minimum": lower])) {
            place, context in
            guard case .number(let number, let text) = place.written else {
                context.reportKind(expected: "a number", at: place)
                return nil
            }
            if range.contains(number), !isPositive || number > range.lowerBound { return number }
            let limits =
                isPositive
                ? "above \(range.lowerBound) and at most \(range.upperBound)"
                : "between \(range.lowerBound) and \(range.upperBound)"
            context.report("\(text) is out of range; it must be \(limits)", at: place)
            return nil
        }
    }
}

extension ValueSchema where Value == String {
    /// One of some names.
    static func oneOf(_ names: [String]) -> ValueSchema {
        ValueSchema(schema: ["enum": .list(names.map { .text($0) })]) { place, context in
            guard let text = ValueSchema<String>.text.read(place, &context) else { return nil }
            if names.contains(text) { return text }
            context.report(
                "\"\(text)\" is not one of \(names.joined(separator: ", "))", at: place,
                suggestion: NearestName.nearest(to: text, among: names))
            return nil
        }
    }
}

extension ValueSchema where Value: RawRepresentable, Value.RawValue == String, Value: CaseIterable, Value: Sendable {
    /// One of an enumeration's names.
    static var choice: ValueSchema {
        let names = ValueSchema<String>.oneOf(Value.allCases.map(\.rawValue))
        return ValueSchema(schema: names.schema) { place, context in
            names.read(place, &context).flatMap(Value.init(rawValue:))
        }
    }
}

extension ValueSchema where Value == Days {
    /// A whole number of days or weeks, such as 90d or 4w.
    static func days(atLeast minimum: Int, because reason: String) -> ValueSchema {
        ValueSchema(schema: ["type": "string", "pattern": "^[0-9]+[dw]$"]) { place, context in
            let text: String
            switch place.written {
            case .number(_, let digits):
                context.report("\(digits) has no unit; write \(digits)d for days or \(digits)w for weeks", at: place)
                return nil
            case .text(let written), .date(_, let written): text = written
            case .nothing, .boolean, .list, .mapping:
                context.reportKind(expected: "a number of days such as 90d", at: place)
                return nil
            }
            guard let unit = text.last, unit == "d" || unit == "w", text.utf8.dropLast().allSatisfy({ 48...57 ~= $0 }),
                let count = Int(text.dropLast())
            else {
                context.report("\"\(text)\" is no number of days; write it as 90d or 4w", at: place)
                return nil
            }
            let limit = 36_500
            guard count <= limit else {
                context.report("\(text) is too long; the most is \(limit)d", at: place)
                return nil
            }
            let days = unit == "w" ? count * 7 : count
            if days >= minimum { return Days(days) }
            context.report("\(text) is too short; it must be at least \(minimum)d, \(reason)", at: place)
            return nil
        }
    }
}

extension ValueSchema where Value == Timestamp {
    /// A date or moment in ISO 8601; UTC where no zone is given.
    static let date = ValueSchema(schema: ["type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"]) {
        place, context in
        switch place.written {
        case .date(let date, _): return date
        case .text(let text):
            if let date = Timestamp(iso8601: text) { return date }
            context.report("\"\(text)\" is no date; write it as 2011-09-01 or 2011-09-01T12:00:00Z", at: place)
        case .nothing, .boolean, .number, .list, .mapping:
            context.reportKind(expected: "a date such as 2011-09-01", at: place)
        }
        return nil
    }
}

extension ValueSchema where Value == Operand {
    /// What a field is compared with: text, a number, true or false, or an unquoted date.
    static let operand = ValueSchema(schema: ["type": ["string", "number", "boolean"]]) { place, context in
        switch place.written {
        case .boolean(let truth): return .boolean(truth)
        case .date(let date, _): return .date(date)
        case .text(let text): return .text(text)
        case .number(let number, let text):
            // A long whole number, such as an order's, would match its neighbours once rounded to a Double.
            let isWhole = text.utf8.allSatisfy { 48...57 ~= $0 || $0 == UInt8(ascii: "-") }
            return number.magnitude < 0x1p53 || !isWhole ? .number(number) : .text(text)
        case .nothing:
            context.report("expected a value, found nothing; for missing values use exists: false", at: place)
        case .list: context.report("expected one value, found a list; for several use in or not_in", at: place)
        case .mapping: context.reportKind(expected: "a value", at: place)
        }
        return nil
    }

    /// What a field can be above or below of; 4.17% is 0.0417.
    static let bound = ValueSchema(schema: ["type": ["string", "number"]]) { place, context in
        if case .boolean = place.written {
            context.reportKind(expected: "a number, a date or text", at: place)
            return nil
        }
        if case .text(let text) = place.written, text.last == "%" {
            let digits = text.dropLast().filter { $0 != " " }
            if let number = Double(digits), number.isFinite { return .number(number / 100) }
        }
        return operand.read(place, &context)
    }
}
