import Events
import Features
import InstanceFile
import Pipeline

/// `propensity help instance [KEY]` and `propensity help features`: references that are no commands.
enum Reference {
    /// What to say; nil where the words ask for none of them.
    static func text(for words: [String]) throws(RunError) -> String? {
        guard words.first == "help", words.count > 1 else { return nil }
        switch (words[1], words.count) {
        case ("instance", 2): return all
        case ("instance", 3): return try instance(words[2])
        case ("features", 2): return FeatureReference.page
        default: return nil
        }
    }

    private static var all: String {
        let reference = InstanceReference()
        let width = reference.entries.map(\.path.count).max() ?? 0
        let lines = reference.entries.map { entry in
            entry.path + String(repeating: " ", count: width + 2 - entry.path.count) + entry.meaning
        }
        return (lines + ["", "propensity help instance KEY tells more of one, with an example."]).joined(
            separator: "\n")
    }

    private static func instance(_ key: String) throws(RunError) -> String {
        let reference = InstanceReference()
        let found = reference.entries(for: key)
        guard !found.isEmpty else {
            let nearest = NearestName.nearest(to: key, among: reference.names)
            throw .input(
                "the instance file has no key \"\(key)\""
                    + (nearest.map { "; did you mean \"\($0)\"?" }
                        ?? "; propensity help instance lists them all"))
        }
        return found.map { entry in
            var lines = [
                entry.path + (entry.isRequired ? " (required)" : ""), "    \(entry.meaning)", "    \(entry.type)",
            ]
            if let example = entry.example { lines.append("    \(example)") }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
