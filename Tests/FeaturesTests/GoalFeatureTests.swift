import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

/// The events that meet the goal's condition have features, said once.
@Suite struct GoalFeatureTests {
    private static let asOf = worldStart + 400 * day
    private static let cosmetics = Condition.all([.event("buy"), .field(path: "sku", .equals(.text("s1")))])

    private var events: [Happening] {
        var random = SplitMix(seed: 5)
        return random.happenings(3_000, days: 0..<400, profiles: 60)
    }

    private func rows(_ goal: Goal, _ customs: [CustomEvent] = []) throws -> (FeatureRecipe, Rows) {
        let ingested = try Ingested(shop(asOf: Self.asOf, goal: goal, customEvents: customs), [events])
        let recipe = try ingested.recipe()
        return (recipe, try ingested.rows(recipe))
    }

    @Test func theyAreThoseOfACustomEventWithTheCondition() throws {
        let (recipe, rows) = try rows(Goal(condition: Self.cosmetics, within: Days(30)))
        let goal = Goal(condition: .event("buy"), within: Days(30))
        let (named, twin) = try self.rows(goal, [CustomEvent(name: "goal event", condition: Self.cosmetics)])
        let own = recipe.features.filter { $0.code.hasPrefix("goal_event_") }
        #expect(own.count > 20 && own.contains { $0.name == "Days since last goal event" })
        // As a custom event it comes later, and has the same features.
        #expect(own.map(\.code) == named.features.map(\.code).filter { $0.hasPrefix("goal_event_") })
        for (key, row) in rows.rows {
            for feature in own { #expect(twin.rows[key]?.features[feature.code] == row.features[feature.code]) }
        }
    }

    @Test func whatHasFeaturesAlreadyGetsNoMore() throws {
        for condition in [Condition.event("buy"), .any([.event("buy")]), .all([.event("buy")])] {
            let (recipe, _) = try rows(Goal(condition: condition, within: Days(30)))
            #expect(!recipe.features.contains { $0.code.hasPrefix("goal_event") })
        }
        let (recipe, _) = try rows(
            Goal(condition: Self.cosmetics, within: Days(30)),
            [CustomEvent(name: "Cosmetics", condition: Self.cosmetics)])
        #expect(recipe.slots.map(\.name).contains("Cosmetics") && !recipe.slots.map(\.name).contains("goal event"))
    }

    @Test func eachOfSeveralHasItsOwn() throws {
        let goal = Goal(
            each: [Self.cosmetics, .event("view"), .field(path: "amount", .greater(.number(50)))], within: Days(30))
        let (recipe, _) = try rows(goal)
        #expect(recipe.slots.map(\.name).filter { $0.hasPrefix("goal") } == ["goal event 1", "goal event 2"])
    }

    /// A type of the user's that is called so is another thing.
    @Test func noConditionCanNameThem() throws {
        var events = events
        for index in events.indices where events[index].kind == "rare" { events[index].kind = "goal event" }
        let condition = Condition.all([.event("goal event"), .field(path: "sku", .exists(true))])
        let ingested = try Ingested(shop(asOf: Self.asOf, goal: Goal(condition: condition, within: Days(30))), [events])
        let wanted = events.count { $0.kind == "goal event" && $0.sku != nil && $0.time <= Self.asOf }
        #expect(ingested.summary.goalEvents == wanted)
        #expect(
            try ingested.recipe().slots.map(\.code).filter { $0.hasPrefix("goal_event") } == [
                "goal_event", "goal_event_2",
            ])
    }
}
