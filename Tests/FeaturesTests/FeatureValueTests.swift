import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// A feature's value straight from its definition, from the plain list of a profile's events up to a snapshot.
private struct Twin {
    let recipe: FeatureRecipe
    /// In the order of time.
    let events: [Happening]
    let asOf: Int64
    let ownTypes: Set<String>

    init(_ recipe: FeatureRecipe, _ events: [Happening], asOf: Int64) {
        self.recipe = recipe
        self.asOf = asOf
        self.events = events.filter { $0.time <= asOf }.sorted { $0.time < $1.time }
        ownTypes = Set(recipe.slots.filter { $0.kind == .type }.map(\.name))
    }

    private func events(_ slot: Int, _ window: Int? = nil) -> [Happening] {
        events.filter { event in
            switch recipe.slots[slot].kind {
            case .any: true
            case .type: event.kind == recipe.slots[slot].name
            case .otherTypes: !ownTypes.contains(event.kind)
            case .customEvent: event.kind == "buy" && (event.amount ?? 0) > 50
            }
        }.filter { event in
            guard let window, window < recipe.windows.count else { return true }
            return asOf - event.time < Int64(recipe.windows[window]) * day
        }
    }

    private func amounts(_ pair: Int, _ window: Int? = nil) -> [Double] {
        events(recipe.numberPairs[pair].slot, window).compactMap(\.amount)
    }

    private func skus(_ pair: Int, _ window: Int? = nil) -> [String] {
        events(recipe.categoryPairs[pair].slot, window).compactMap(\.sku)
    }

    private func days(_ events: [Happening]) -> [Int] {
        Set(events.map { Timestamp(microseconds: $0.time).dayNumber }).sorted()
    }

    private func gaps(_ slot: Int) -> [Double] {
        let days = days(events(slot))
        return zip(days.dropFirst(), days).map { Double($0 - $1) }
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private func since(_ event: Happening?) -> Double? { event.map { Double(asOf - $0.time) / Double(day) } }

    private func sessions(_ slot: Int, _ window: Int) -> Double {
        let all = events(slot)
        let ends = all.indices.filter { $0 + 1 == all.count || all[$0 + 1].time - all[$0].time > 1_800_000_000 }
        let recent = events(slot, window).map(\.time)
        return Double(ends.count { recent.contains(all[$0].time) })
    }

    private var weekdays: [Int] { events.map { Timestamp(microseconds: $0.time).weekday } }

    func number(_ source: FeatureSource) -> Double? {
        switch source {
        case .count(let slot, let window): return Double(events(slot, window).count)
        case .activeDays(let slot, let window): return Double(days(events(slot, window)).count)
        case .sessions(let slot, let window): return sessions(slot, window)
        case .daysSinceLast(let slot): return since(events(slot).last)
        case .firstShare(let slot):
            return since(events(slot).first).map { min(1, $0 / (Double(asOf - recipe.dataStart) / Double(day))) }
        case .meanGap(let slot): return mean(gaps(slot))
        case .lastGap(let slot): return gaps(slot).last
        case .gapDeviation(let slot):
            guard let mean = mean(gaps(slot)), gaps(slot).count > 1 else { return nil }
            return self.mean(gaps(slot).map { ($0 - mean) * ($0 - mean) })?.squareRoot()
        case .lateness(let slot):
            guard let usual = mean(gaps(slot)), let last = since(events(slot).last) else { return nil }
            return last / usual
        case .trend(let slot, let recent, let both):
            let new = Double(events(slot, recent).count)
            let old = Double(events(slot, both).count) - new
            return new + old == 0 ? nil : (new - old) / (new + old)
        case .sum(let pair, let window): return amounts(pair, window).reduce(0, +)
        case .mean(let pair, let window): return mean(amounts(pair, window))
        case .maximum(let pair, let window): return amounts(pair, window).max()
        case .last(let pair): return amounts(pair).last
        case .sumPerSession(let pair):
            let all = sessions(recipe.numberPairs[pair].slot, recipe.windows.count)
            return all == 0 ? nil : amounts(pair).reduce(0, +) / all
        case .distinct(let pair, let window): return Double(Set(skus(pair, window)).count)
        case .meanHour:
            return mean(events.map { Double($0.time % day) / 3_600_000_000 })
        case .weekendShare: return mean(weekdays.map { $0 >= 5 ? 1 : 0 })
        case .modalWeekdayShare:
            return (0..<7).compactMap { weekday in mean(weekdays.map { $0 == weekday ? 1 : 0 }) }.max()
        case .daysUntilNext, .upcoming, .lastValue, .commonValue, .attribute, .daysSinceAttribute, .daysUntilAttribute:
            return nil
        }
    }

    func text(_ source: FeatureSource) -> String? {
        switch source {
        case .lastValue(let pair): return skus(pair).last
        case .commonValue(let pair):
            let values = skus(pair)
            return Set(values).sorted().max { a, b in
                let (times, others) = (values.count { $0 == a }, values.count { $0 == b })
                return times == others ? a > b : times < others
            }
        default: return nil
        }
    }
}

@Suite struct FeatureValueTests {
    private static let custom = CustomEvent(
        name: "big buy", condition: .all([.event("buy"), .field(path: "amount", .greater(.number(50)))]))

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyFeatureIsWhatItsDefinitionSays(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let asOf = worldStart + 220 * day + 12_345_678
        let events = random.happenings(1200, days: 0..<220, profiles: 30)
        let eligible = Eligibility(condition: .event("view"), inLast: Days(60))
        let ingested = try Ingested(shop(asOf: asOf, eligible: eligible, customEvents: [Self.custom]), [events])
        // Fewer types of their own than there are, so that "other" has some.
        var settings = FeatureSettings()
        settings.maximumTypes = 2
        settings.mostSnapshots = 3
        let recipe = try ingested.recipe(settings)
        #expect(recipe.slots.map(\.kind) == [.any, .type, .type, .otherTypes, .customEvent(0)])
        let rows = try ingested.rows(recipe).rows
        let byProfile = Dictionary(grouping: events, by: \.who)

        var expectedKeys: Set<Rows.Key> = []
        var seenSources = 0
        for (who, own) in byProfile {
            for snapshot in recipe.snapshots {
                guard
                    own.contains(where: {
                        $0.kind == "view" && $0.time <= snapshot.asOf && $0.time > snapshot.asOf - 60 * day
                    })
                else { continue }
                let key = Rows.Key(who: who, snapshot: snapshot.asOf, isLabelled: snapshot.isLabelled)
                expectedKeys.insert(key)
                let row = try #require(rows[key])
                let outcome = own.contains {
                    $0.kind == "buy" && $0.time > snapshot.asOf && $0.time <= snapshot.asOf + 30 * day
                }
                #expect(row.label == (snapshot.isLabelled ? outcome ? 1 : 0 : LabelColumn.unknownOutcome))
                let twin = Twin(recipe, own, asOf: snapshot.asOf)
                for feature in recipe.features {
                    let expected: Rows.Value =
                        switch feature.kind {
                        case .numeric: twin.number(feature.source).map { .number(Float($0)) } ?? .missing
                        case .categorical: twin.text(feature.source).map { .text($0) } ?? .missing
                        }
                    let found = try #require(row.features[feature.code])
                    if case .number(let a) = found, case .number(let b) = expected {
                        #expect(abs(a - b) <= 2e-5 * max(1, abs(b)), "\(feature.code) of \(who)")
                    } else {
                        #expect(found == expected, "\(feature.code) of \(who)")
                    }
                    seenSources += 1
                }
            }
        }
        #expect(Set(rows.keys) == expectedKeys)
        #expect(seenSources > 5000)
    }

    /// The window of n days before the snapshot leaves out the event that is n days old to the microsecond.
    @Test func windowsAreOpenAtTheirFarEnd() throws {
        var random = SplitMix(seed: 4)
        let asOf = worldStart + 150 * day
        let noise = random.happenings(500, days: 0..<149, profiles: 40)
        let edge = [
            Happening(who: "other", kind: "view", time: asOf),
            Happening(who: "edge", kind: "buy", time: asOf - 7 * day),
            Happening(who: "edge", kind: "buy", time: asOf - 7 * day + 1),
        ]
        let ingested = try Ingested(shop(asOf: asOf), [noise + edge])
        let row = try ingested.rows(try ingested.recipe()).rows[
            Rows.Key(who: "edge", snapshot: asOf, isLabelled: false)]
        #expect(row?.features["buy_count_7d"] == .number(1))
        #expect(row?.features["buy_count_14d"] == .number(2))
    }

    @Test func whoWasActiveJustTooLongAgoIsNotEligible() throws {
        var random = SplitMix(seed: 6)
        let asOf = worldStart + 150 * day
        let noise = random.happenings(500, days: 0..<149, profiles: 40)
        let edge = [
            Happening(who: "other", kind: "view", time: asOf),
            Happening(who: "gone", kind: "view", time: asOf - 30 * day),
            Happening(who: "here", kind: "view", time: asOf - 30 * day + 1),
        ]
        let ingested = try Ingested(shop(asOf: asOf, eligible: Eligibility(inLast: Days(30))), [noise + edge])
        let rows = try ingested.rows(try ingested.recipe()).rows
        #expect(rows[Rows.Key(who: "gone", snapshot: asOf, isLabelled: false)] == nil)
        #expect(rows[Rows.Key(who: "here", snapshot: asOf, isLabelled: false)] != nil)
    }

    @Test func featuresAreNamedInTheUsersWords() throws {
        var random = SplitMix(seed: 5)
        let ingested = try Ingested(
            shop(asOf: worldStart + 150 * day, customEvents: [Self.custom]),
            [random.happenings(500, days: 0..<150, profiles: 40)])
        let recipe = try ingested.recipe()
        let names = Dictionary(uniqueKeysWithValues: recipe.features.map { ($0.code, $0.name) })
        #expect(names["buy_count_7d"] == "Count of buy, last 7 days")
        #expect(names["buy_count_1d"] == "Count of buy, last 1 day")
        #expect(names["big_buy_days_since_last"] == "Days since last big buy")
        #expect(names["events_amount_sum_all"] == "Sum of amount in any event, all time")
        #expect(names["buy_sku_last_value"] == "Last sku in buy")
        #expect(names["tenure_share"] == "Time since first event as a share of the data")
        #expect(Set(recipe.features.map(\.code)).count == recipe.features.count)
        #expect(Set(recipe.features.map(\.name)).count == recipe.features.count)
        // The earliest snapshot decides how far back windows may look.
        let reach = (recipe.snapshots.map(\.asOf).min() ?? 0) - (ingested.summary.earliest ?? 0)
        #expect(recipe.windows == FeatureSettings().windows.filter { Int64($0) * day <= reach })
    }
}
