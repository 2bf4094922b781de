extension TimestampFormat {
    /// A strptime format by which all of some texts can be read, for a message to propose; nil where none of the usual ones
    /// does. Of "09/10/2023" the month is taken to come first, unless a text shows that it does not.
    ///
    /// Cost: some hundred attempts at each text; for a handful of examples.
    static func guessed(from examples: [String]) -> String? {
        guard !examples.isEmpty else { return nil }
        return candidates.first { candidate in
            guard let format = try? TimestampFormat(candidate) else { return false }
            return examples.allSatisfy { format.time($0) != nil }
        }
    }

    private static let candidates: [String] = {
        let dates = [
            "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y",
            "%b %d, %Y", "%b %d %Y", "%a, %d %b %Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y", "%Y%m%d",
            "%Y-%m-%d",
        ]
        let times = ["", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f", " %H:%M:%S", " %H:%M", "T%H:%M:%S"]
        let zones = ["", " %z"]
        return dates.flatMap { date in
            times.flatMap { time in zones.map { zone in date + time + (time.isEmpty ? "" : zone) } }
        } + ["%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y", "%d/%b/%Y:%H:%M:%S %z", "%Y%m%d%H%M%S"]
    }()
}

/// A strptime format by which all of these texts can be read; nil where none of the usual ones does.
package func guessedTimestampFormat(of examples: [String]) -> String? { TimestampFormat.guessed(from: examples) }
