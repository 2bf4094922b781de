/// How counts and names stand in findings and reports.
package enum Wording {
    /// With a comma every three digits.
    package static func count(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = count < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// To a tenth of a percent; neither nearly nothing nor nearly all is shown as nothing or all.
    package static func percent(_ count: Int, of total: Int) -> String {
        guard total > 0 else { return "0 %" }
        let tenths = Int((Int128(count) * 2000 + Int128(total)) / (2 * Int128(total)))
        if tenths == 0, count > 0 { return "under 0.1 %" }
        if tenths == 1000, count < total { return "over 99.9 %" }
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    /// The first few, and how many more there are.
    package static func list(_ items: [String], limit: Int = 8) -> String {
        let shown = items.prefix(limit).joined(separator: ", ")
        return items.count > limit ? "\(shown) and \(items.count - limit) more" : shown
    }

    package static func days(_ microseconds: Int64) -> String {
        let days = microseconds / Days(1).microseconds
        return days == 1 ? "1 day" : "\(count(Int(days))) days"
    }
}
