import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// What a user is told when the data do not support what was asked.
@Suite struct ReadinessTests {
    private let asOf = worldStart + 150 * day

    private func world() -> [Happening] {
        var random = SplitMix(seed: 1)
        return random.happenings(400, days: 0..<150, profiles: 40, kinds: ["view", "buy"])
    }

    private func message(_ instance: Instance, _ events: [Happening]) throws -> String {
        let ingested = try Ingested(instance, [events])
        let error = #expect(throws: ReadinessError.self) { try ingested.recipe() }
        return error?.description ?? ""
    }

    @Test func aGoalThatIsNeverMet() throws {
        let never = Goal(
            condition: .all([.event("buy"), .field(path: "amount", .greater(.number(1e6)))]), within: Days(30))
        #expect(
            try message(shop(asOf: asOf, goal: never), world())
                == "goal: no event up to the as-of date meets its condition; the event types are \"buy\", \"view\"; "
                + "correct the event's name or the fields' values")
        let misspelt = Goal(condition: .event("byu"), within: Days(30))
        #expect(
            try message(shop(asOf: asOf, goal: misspelt), world())
                == "goal: there is no event \"byu\"; did you mean \"buy\"?; the event types are \"buy\", \"view\"")
    }

    @Test func nobodyWhoCouldBeEligible() throws {
        let condition = Condition.field(path: "sku", .equals(.text("unknown")))
        #expect(
            try message(shop(asOf: asOf, eligible: Eligibility(condition: condition)), world())
                .hasPrefix("eligible: no event up to the as-of date meets its condition"))
        #expect(
            try message(shop(asOf: asOf, eligible: Eligibility(condition: .event("vew"))), world())
                .hasPrefix("eligible: there is no event \"vew\"; did you mean \"view\"?"))

        // There were some, but not lately.
        let early =
            world().filter { $0.time < worldStart + 100 * day }
            + (0..<20).map { Happening(who: "late \($0)", kind: "buy", time: asOf - day) }
        let ingested = try Ingested(
            shop(asOf: asOf, eligible: Eligibility(condition: .event("view"), inLast: Days(30))), [early])
        let recipe = try ingested.recipe()
        let summary = try ingested.rows(recipe).summary
        let error = #expect(throws: ReadinessError.self) {
            try recipe.checkEligible(summary, latest: ingested.summary.latest)
        }
        #expect(
            error?.description
                == "eligible: nobody meets its conditions as of 2011-05-31 (the last event of any kind is at 2011-05-30); "
                + "widen eligible.in_last or its conditions, or choose an earlier as_of")
    }

    @Test func tooLittleHistory() throws {
        let short = world().filter { $0.time >= asOf - 50 * day }
        let text = try message(shop(asOf: asOf), short)
        #expect(text.hasPrefix("the data reach from 2011-04-1"))
        #expect(
            text.hasSuffix(
                "to 2011-05-31, but learning needs 30 days of history and another 30 days in which the outcome is "
                    + "known; add older events, or shorten goal.within"))
    }

    @Test func aScoreDateOutsideTheData() throws {
        let before = Timestamp(year: 2010, month: 6, day: 1).microseconds
        #expect(
            try message(shop(asOf: before), world()).hasPrefix(
                "as_of 2010-06-01 is before all data, the first event being at 2011-01-01T"))
        let after = Timestamp(year: 2012, month: 6, day: 1).microseconds
        #expect(
            try message(shop(asOf: after), world()).hasPrefix(
                "as_of 2012-06-01 is after all data, the last event being at 2011-05-"))
    }

    @Test func withoutAScoreDateItIsTheLatestEvent() throws {
        let events = world()
        let recipe = try Ingested(shop(asOf: nil), [events]).recipe()
        #expect(recipe.asOf?.microseconds == events.map(\.time).max())
        #expect(recipe.snapshots[0] == FeatureRecipe.Snapshot(asOf: recipe.asOf?.microseconds ?? 0, isLabelled: false))
        #expect(recipe.snapshots[1].asOf == recipe.snapshots[0].asOf - 30 * day)
    }

    /// A third of the outcome window apart, as long as enough history lies before them.
    @Test func labelledSnapshotsGoBackInSteps() throws {
        let first = Happening(who: "p0", kind: "view", time: worldStart)
        let ingested = try Ingested(shop(asOf: asOf), [[first] + world()])
        func daysOfSnapshots(_ edit: (inout FeatureSettings) -> Void = { _ in }) throws -> [Int64] {
            var settings = FeatureSettings()
            edit(&settings)
            let recipe = try ingested.recipe(settings)
            #expect(recipe.snapshots.map(\.isLabelled) == [false] + recipe.labelledSnapshots.map { _ in true })
            return recipe.snapshots.map { ($0.asOf - worldStart) / day }
        }
        // Half of the latest one's 120 days is more than the look-back of 45.
        #expect(try daysOfSnapshots() == [150, 120, 110, 100, 90, 80, 70, 60])
        #expect(try daysOfSnapshots { $0.minimumHistoryShare = 0.9 } == [150, 120, 110])
        #expect(try daysOfSnapshots { $0.mostSnapshots = 2 } == [150, 120, 110])
        // The shop's goal events abound, or are neither many nor few.
        #expect(
            try daysOfSnapshots { ($0.rareGoalEvents, $0.abundantGoalEvents, $0.fewestSnapshots) = (0, 1, 3) }.count
                == 4)
        #expect(try daysOfSnapshots { ($0.rareGoalEvents, $0.usualSnapshots) = (0, 5) }.count == 6)
        #expect(try daysOfSnapshots { $0.minimumStepDays = 25 } == [150, 120, 95, 70])
        #expect(try daysOfSnapshots { $0.minimumHistoryShare = 0 }.last == 50)
    }

    @Test func identitiesThatAreAlwaysNull() throws {
        let events = world().map { event in
            var event = event
            event.who = ["null", "", "NaN"][Int(event.time / 1_000_000 % 3)]
            return event
        }
        #expect(
            try message(shop(asOf: asOf), events)
                == "none of the 400 rows can be used: 400 missing identity; check the identity, timestamp and type "
                + "columns, and `exclude:`")
    }

    @Test func tooManyUnusableRows() throws {
        let events = world().enumerated().map { index, event in
            var event = event
            if index % 2 == 0 || index == 1 { event.who = "" }
            return event
        }
        #expect(
            try message(shop(asOf: asOf), events)
                == "events[0]: 201 of 400 rows cannot be used (50.3 %), and the limit is 50 %: 201 missing identity; "
                + "correct the columns of the instance, or raise checks.maximum_rejected")
    }

    @Test func tooFewOutcomes() throws {
        let ingested = try Ingested(shop(asOf: asOf), [world()])
        let recipe = try ingested.recipe()
        let summary = try ingested.rows(recipe).summary
        // A profile counts once, at however many snapshots it has the outcome.
        func profiles(_ label: UInt8) throws -> Int {
            Set(try ingested.rows(recipe).rows.filter { $0.value.label == label }.map(\.key.who)).count
        }
        let (with, without) = (try profiles(1), try profiles(0))
        #expect(with == summary.profilesWith && without == summary.profilesWithout)
        #expect(with > 0 && without > 0 && with < summary.positives.dropFirst().reduce(0, +))
        #expect(throws: Never.self) {
            try recipe.checkLabels(summary, checks: Checks(minimumOutcomes: min(with, without)))
        }
        let error = #expect(throws: ReadinessError.self) {
            try recipe.checkLabels(summary, checks: Checks(minimumOutcomes: 10_000))
        }
        #expect(
            error?.description
                == "\(with) profiles with the outcome and \(without) without it are labelled over "
                + "\(recipe.labelledSnapshots.count) snapshots, and 10000 of each are needed; widen goal.within or the "
                + "goal's condition, add data, or lower checks.minimum_outcomes")
    }

    @Test func whatIsOddIsAWarning() throws {
        let never = CustomEvent(name: "never", condition: .field(path: "amount", .less(.number(-1))))
        let eligible = Eligibility(condition: .any([.event("buy"), .event("veiw")]), inLast: Days(365))
        let ingested = try Ingested(shop(asOf: asOf, eligible: eligible, customEvents: [never]), [world()])
        var readiness = Readiness(name: "Shop")
        readiness.add(
            ingested.summary, instance: ingested.instance, plan: ingested.plan,
            today: Timestamp(microseconds: asOf))
        #expect(readiness.verdict == .risky)
        let lines = readiness.findings.map(\.line)
        #expect(lines.contains { $0.hasPrefix("eligible: there is no event \"veiw\"; did you mean \"view\"?") })
        #expect(lines.contains { $0.hasPrefix("no event meets the custom event \"never\"") })
        #expect(lines.contains { $0.hasPrefix("`eligible` looks back 365 days, and the data begin only ") })
    }

    /// Two events that must each occur: the outcome is there when each one alone is, in any order and on any days.
    @Test func aGoalOfSeveralEventsNeedsEachOfThem() throws {
        func rows(_ goal: Goal) throws -> Rows {
            let ingested = try Ingested(shop(asOf: asOf, goal: goal), [world()])
            return try ingested.rows(try ingested.recipe())
        }
        let buy = Condition.event("buy")
        let rare = Condition.all([.event("view"), .field(path: "sku", .equals(.text("s1")))])
        let both = try rows(Goal(each: [buy, rare], within: Days(30)))
        let (first, second) = (
            try rows(Goal(condition: buy, within: Days(30))), try rows(Goal(condition: rare, within: Days(30)))
        )
        var seen: Set<UInt8> = []
        for (key, row) in both.rows where row.label != LabelColumn.unknownOutcome {
            let (a, b) = (try #require(first.rows[key]).label, try #require(second.rows[key]).label)
            #expect(row.label == min(a, b))
            if a != b { seen.insert(row.label) }
        }
        #expect(seen == [0], "no profile had one of the two events only")
        let impossible = Goal(each: [buy, .event("never")], within: Days(30))
        #expect(try Ingested(shop(asOf: asOf, goal: impossible), [world()]).summary.goalEvents == 0)
    }

    /// "Will not occur" turns the label around and nothing else.
    @Test func aGoalThatWillNotOccurIsTheOppositeLabel() throws {
        func rows(_ willOccur: Bool) throws -> Rows {
            let goal = Goal(willOccur: willOccur, condition: .event("buy"), within: Days(30))
            let ingested = try Ingested(shop(asOf: asOf, goal: goal), [world()])
            return try ingested.rows(try ingested.recipe())
        }
        let (occur, not) = (try rows(true), try rows(false))
        for (key, row) in occur.rows {
            let other = try #require(not.rows[key])
            #expect(other.features == row.features)
            #expect(row.label == LabelColumn.unknownOutcome ? other.label == row.label : other.label == 1 - row.label)
        }
    }
}
