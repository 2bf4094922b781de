import TestSupport
import Testing

@testable import InstanceFile

@Suite struct InstanceReferenceTests {
    @Test func thePageIsThatOfTheTable() throws {
        #expect(
            try WrittenPage.isCurrent(
                InstanceReference.page, inSources: "propensity/Documentation.docc/InstanceFile.md"))
    }

    @Test func everyKeyHasAMeaningATypeAndAnExample() {
        let reference = InstanceReference()
        #expect(reference.entries.count > 90)
        #expect(Set(reference.entries.map(\.path)).count == reference.entries.count)
        for entry in reference.entries {
            #expect(!entry.meaning.isEmpty && !entry.type.isEmpty && entry.example != nil, "\(entry)")
        }
        for path in [
            "events[].timestamp.unit", "eligible.has[].at_least", "condition.gte", "condition.factor", "model.bins",
        ] {
            #expect(reference.entries.contains { $0.path == path }, "\(path)")
        }
        // A condition's keys are told once.
        #expect(!reference.entries.contains { $0.path.hasSuffix("goal.gte") || $0.path.hasPrefix("segments[].gt") })
    }

    /// What is shown is what may be written: each example of a key of the file's own stands in one.
    @Test func examplesAreRead() throws {
        let reference = InstanceReference()
        func example(_ path: String) throws -> String {
            try #require(reference.entries.first { $0.path == path }?.example)
        }
        let own = try [
            "version", "name", "propensity", "goal", "eligible", "custom_events", "exclude", "duplicates", "snapshots",
            "as_of", "checks", "model", "segments", "enrich", "profiles", "output", "events",
        ].map(example)
        let text =
            own.joined(separator: "\n")
            + "\nfeatures: { \(try example("features.exclude")) }\n"
        _ = try Instance.parse(text: text, file: "a.yaml", baseDirectory: "/data", checkingFiles: false)
    }

    @Test func aKeyIsFoundByItsEnd() {
        let reference = InstanceReference()
        #expect(reference.entries(for: "has_not").first?.path == "eligible.has_not")
        #expect(reference.entries(for: "timestamp").map(\.path).contains("events[].timestamp.zone"))
        #expect(reference.entries(for: "identity").count == 3)
        #expect(reference.entries(for: "nothing").isEmpty)
    }
}
