import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// Nothing after a snapshot may reach its features.
@Suite struct TargetLeakageTests {
    private static let custom = CustomEvent(
        name: "big buy", condition: .all([.event("buy"), .field(path: "amount", .greater(.number(50)))]))

    private func instance(asOf: Int64) -> Instance { shop(asOf: asOf, customEvents: [Self.custom]) }

    /// Later events, new profiles, types and values among them, change nothing at all.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func eventsAfterTheScoreDateChangeNothing(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let asOf = worldStart + 150 * day + Int64(random.below(86_400)) * 1_000_000
        let last = Happening(who: "p0", kind: "view", time: asOf, amount: 1, sku: "s1")
        let before = random.happenings(1500, days: 0..<150, profiles: 80) + [last]
        // The first one misses the score date by a microsecond.
        var after = [Happening(who: "p1", kind: "buy", time: asOf + 1, amount: 9999, sku: "new")]
        after += random.happenings(1000, days: 151..<260, profiles: 120, kinds: ["view", "buy", "novelty"])
        let alone = try Ingested(instance(asOf: asOf), [before])
        let together = try Ingested(instance(asOf: asOf), [(before + after).shuffled(using: &random)])
        #expect(together.summary.rejected(.afterAsOf) == after.count)
        let recipe = try alone.recipe()
        #expect(try together.recipe() == recipe)
        let (expected, found) = (try alone.rows(recipe), try together.rows(recipe))
        #expect(found.rows == expected.rows)
        #expect(found.summary == expected.summary)
        #expect(expected.rows.count > 100)
    }

    /// What happens in the outcome window is a label, and nothing but a label.
    @Test(arguments: [6, 7, 8] as [UInt64])
    func featuresOfASnapshotDoNotSeeWhatComesAfterIt(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let events = random.happenings(2500, days: 0..<200, profiles: 60)
        let full = try Ingested(instance(asOf: worldStart + 200 * day), [events])
        let recipe = try full.recipe()
        let all = try full.rows(recipe)
        #expect(recipe.labelledSnapshots.count > 3)
        var labels: Set<UInt8> = []
        for snapshot in recipe.snapshots[recipe.labelledSnapshots] {
            let seen = events.filter { $0.time <= snapshot.asOf }
            let past = try Ingested(instance(asOf: worldStart + 200 * day), [seen]).rows(recipe)
            let expected = past.features(of: snapshot.asOf, isLabelled: true)
            #expect(all.features(of: snapshot.asOf, isLabelled: true) == expected)
            #expect(expected.count > 10)
            for row in past.rows where row.key.snapshot == snapshot.asOf { #expect(row.value.label == 0) }
            labels.formUnion(all.rows.filter { $0.key.snapshot == snapshot.asOf }.map(\.value.label))
        }
        #expect(labels == [0, 1])
    }

    /// The event at the very moment of a snapshot is seen, and is no outcome.
    @Test func theMomentOfTheSnapshotBelongsToThePast() throws {
        var random = SplitMix(seed: 9)
        let asOf = worldStart + 150 * day
        let noise = random.happenings(600, days: 0..<149, profiles: 40, kinds: ["view", "buy"])
        let snapshot = asOf - 30 * day
        let edge = [
            Happening(who: "at", kind: "buy", time: snapshot, amount: 1, sku: "edge"),
            Happening(who: "after", kind: "view", time: snapshot - 1, amount: 1, sku: "edge"),
            Happening(who: "after", kind: "buy", time: snapshot + 1, amount: 1, sku: "edge"),
            Happening(who: "last", kind: "view", time: snapshot - 1, amount: 1, sku: "edge"),
            Happening(who: "last", kind: "buy", time: asOf, amount: 1, sku: "edge"),
            // In the score date's own window, hence in no label's.
            Happening(who: "late", kind: "view", time: snapshot - 1, amount: 1, sku: "edge"),
            Happening(who: "late", kind: "buy", time: asOf + 1, amount: 1, sku: "edge"),
        ]
        let ingested = try Ingested(instance(asOf: asOf), [noise + edge])
        let rows = try ingested.rows(try ingested.recipe()).rows
        func row(_ who: String) -> Rows.Row? { rows[Rows.Key(who: who, snapshot: snapshot, isLabelled: true)] }
        #expect(row("at")?.label == 0)
        #expect(row("at")?.features["buy_count_all"] == .number(1))
        #expect(row("at")?.features["buy_days_since_last"] == .number(0))
        #expect(row("after")?.label == 1)
        #expect(row("after")?.features["buy_count_all"] == .number(0))
        #expect(row("last")?.label == 1)
        #expect(row("late")?.label == 0)
    }
}
