import ArgumentParser
import Foundation

/// How much of what workers send is checked by having others compute it too.
struct AuditOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Have this share of results computed by a second worker too, on another host where there is one, and compared.",
            discussion: """
                Whose result two others contradict is sent away; where two differ and no third worker is there, the run ends. \
                Results are the same bytes with and without. 1 % costs about as much more time.
                """, valueName: "percent"))
    var audit = Share(part: 0)
}

/// "1%", "1 %" or "0.01".
struct Share: ExpressibleByArgument {
    /// 0 to 1.
    let part: Double

    init(part: Double) { self.part = part }

    init?(argument: String) {
        let text = argument.trimmingCharacters(in: .whitespaces)
        let isPercent = text.hasSuffix("%")
        let digits = (isPercent ? String(text.dropLast()) : text).trimmingCharacters(in: .whitespaces)
        guard let number = Double(digits) else { return nil }
        part = isPercent ? number / 100 : number
        guard (0...1).contains(part) else { return nil }
    }

    var defaultValueDescription: String { "0%" }
}
