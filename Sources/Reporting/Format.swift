import Foundation

/// How numbers stand on pages and in terminals: the one place where they become text.
package enum Format {
    /// Before a unit, so that it stays with its number.
    private static let space = "\u{A0}"

    /// With a comma every three digits.
    package static func count(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = count < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A number of profiles or outcomes that need not be whole.
    static func count(_ count: Double) -> String {
        guard count.isFinite, abs(count) < 1e15 else { return "–" }
        return abs(count) < 10 && count != count.rounded() ? decimal(count, 1) : self.count(Int(count.rounded()))
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        value.isFinite ? String(format: "%.\(places)f", value).replacingOccurrences(of: "-", with: "−") : "–"
    }

    static func optional(_ value: Double?, _ places: Int) -> String { value.map { decimal($0, places) } ?? "–" }

    /// A share to a tenth of a percent; what is nearly nothing or nearly all is not shown as nothing or all.
    static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "–" }
        if share > 0, share < 0.0005 { return "<\(space)0.1\(space)%" }
        if share < 1, share > 0.9995 { return ">\(space)99.9\(space)%" }
        return "\(decimal(share * 100, 1))\(space)%"
    }

    /// A share to a percent.
    static func roundPercent(_ share: Double) -> String { share.isFinite ? "\(decimal(share * 100, 0))\(space)%" : "–" }

    static func signed(_ value: Double) -> String {
        if abs(value) < 0.005 { return decimal(0, 2) }
        return (value > 0 ? "+" : "") + decimal(value, 2)
    }

    static func times(_ value: Double) -> String { decimal(value, value < 10 ? 2 : 1) + "×" }

    /// What a contribution makes of the odds: a factor.
    static func odds(_ contribution: Double) -> String { times(exp(min(max(contribution, -20), 20))) }

    /// A value of a feature: four significant digits, without zeros that say nothing.
    package static func value(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if abs(value) >= 10_000 { return count(Int(min(max(value, -1e15), 1e15).rounded())) }
        return String(format: "%.4g", value).replacingOccurrences(of: "-", with: "−")
    }

    /// The same in words, where three digits of what is no whole number are enough.
    package static func roundValue(_ value: Double) -> String {
        guard value.isFinite, value != value.rounded(), abs(value) < 1000 else { return self.value(value.rounded()) }
        return String(format: "%.3g", value).replacingOccurrences(of: "-", with: "−")
    }

    static func seconds(_ seconds: Double) -> String {
        if seconds < 60 { return "\(decimal(seconds, 1))\(space)s" }
        let whole = Int(min(seconds, 1e9).rounded())
        if whole < 3600 { return "\(whole / 60)\(space)min \(whole % 60)\(space)s" }
        return "\(whole / 3600)\(space)h \(whole % 3600 / 60)\(space)min"
    }

    static func bytes(_ bytes: Int) -> String {
        if bytes < 1000 { return "\(bytes)\(space)B" }
        var (value, unit) = (Double(bytes) / 1000, "kB")
        for next in ["MB", "GB", "TB"] where value >= 1000 { (value, unit) = (value / 1000, next) }
        return "\(decimal(value, value < 10 ? 1 : 0))\(space)\(unit)"
    }

    /// 2011-09-01T12:00:00.5Z as 2011-09-01 12:00; days stay days.
    static func moment(_ text: String) -> String {
        guard text.count > 16, text.dropFirst(10).first == "T" else { return text }
        return text.prefix(16).replacingOccurrences(of: "T", with: " ")
    }

    /// A coordinate of a drawing.
    static func place(_ value: Double) -> String {
        let text = String(format: "%.1f", value.isFinite ? value : 0)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// With a capital at its beginning.
    static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// The first so many characters.
    static func shortened(_ text: String, to limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1).trimmingCharacters(in: .whitespaces) + "…"
    }
}
