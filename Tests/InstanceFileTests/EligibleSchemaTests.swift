import Testing

@testable import InstanceFile

/// An instance of one dataset of events, and what else the text says.
private func shop(_ rest: String, path: String = "a.csv", type: String = "event: buy") throws(InstanceError) -> Instance
{
    try Instance.parse(
        text: """
            version: 1
            name: Shop
            propensity: conversion
            events: [{ path: \(path), identity: who, timestamp: at, \(type) }]
            \(rest)
            """, file: "a.yaml", baseDirectory: "/data", checkingFiles: false)
}

/// How eligibility is written, and what cannot be meant.
@Suite struct EligibleSchemaTests {
    private func instance(_ eligible: String) throws(InstanceError) -> Instance {
        try shop(
            """
            profiles: [{ path: p.csv, identity: who }]
            goal: { will: occur, event: buy, within: 30d }
            eligible: \(eligible)
            """, type: "type: { column: kind }")
    }

    private func eligibility(_ text: String) throws -> Eligibility {
        guard case .events(let source) = try instance(text).source else { return Eligibility(requirements: []) }
        return source.eligible
    }

    @Test func oneConditionIsWhatAnEventMeets() throws {
        #expect(try eligibility("{ event: buy }") == Eligibility(condition: .event("buy"), inLast: Days(45)))
        #expect(try eligibility("{ in_last: 1d }") == Eligibility(condition: nil, inLast: Days(1)))
        #expect(
            try eligibility("{ all_of: [{ event: buy }, { none_of: [{ field: test, equals: true }] }], in_last: 2w }")
                == Eligibility(
                    condition: .all([.event("buy"), .none([.field(path: "test", .equals(.boolean(true)))])]),
                    inLast: Days(14)))
    }

    @Test func listsAreOfHistory() throws {
        let text = """
            { has: [{ event: join }, { event: buy, in_last: 90d, at_least: 2 }], has_not: [{ event: leave, in_last: 30d }],
              latest: { of: [join, leave], is: join }, attributes: [{ field: plan, equals: gold }, { field: age, gt: 17 }] }
            """
        let expected = Eligibility(
            requirements: [
                .init(condition: .event("join"), inLast: nil),
                .init(condition: .event("buy"), inLast: Days(90), atLeast: 2),
                .init(condition: .event("leave"), inLast: Days(30), isForbidden: true),
            ], latest: [.init(of: ["join", "leave"], is: ["join"])],
            attributes: .all([
                .field(path: "plan", .equals(.text("gold"))), .field(path: "age", .greater(.number(17))),
            ]))
        #expect(try eligibility(text) == expected)
        #expect(try eligibility(text).reach == Days(90))
        // Beside the lists in_last asks for any event.
        #expect(
            try eligibility("{ has_not: [{ event: leave }], in_last: 30d }").requirements
                == [
                    .init(condition: nil, inLast: Days(30)),
                    .init(condition: .event("leave"), inLast: nil, isForbidden: true),
                ])
    }

    @Test(
        arguments: [
            (
                "{ all_of: [{ event: join }, { none_of: [{ event: leave }] }], in_last: 365d }",
                "nobody is excluded for \"leave\"; write has_not: [{ event: leave }]"
            ),
            ("{ none_of: [{ event: leave }] }", "write has_not: [{ event: leave }]"),
            ("{ has: [{ none_of: [{ event: leave }] }] }", "write has_not: [{ event: leave }]"),
            ("{ all_of: [{ event: join }, { event: buy }] }", "no event is both \"join\" and \"buy\""),
            ("{ latest: { of: [join, leave], is: jion } }", "did you mean \"join\"?"),
            ("{ latest: { of: [join], is: join } }", "a list of at least 2"),
            ("{ has: [{ in_last: 3d }] }", "needs a condition"),
            ("{ in_last: 0d }", "at least 1d"),
            ("{ attributes: [{ factor: Recency }] }", "exists only once profiles are scored"),
            ("{ attributes: [{ event: buy }] }", "write has"),
            ("{ has: { event: buy } }", "expected a list"),
        ])
    func whatCannotBeMeantIsRefusedWithWhatCan(_ text: String, _ reason: String) {
        let error = #expect(throws: InstanceError.self) { try instance(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    /// A custom event is something that an event of a type may be as well.
    @Test func anEventMayBeNoneOfACustomOne() throws {
        let text = """
            custom_events: [{ name: Big, field: price, gt: 100 }]
            goal: { will: occur, event: buy, within: 30d }
            eligible: { all_of: [{ event: buy }, { none_of: [{ event: Big }] }] }
            """
        _ = try shop(text, type: "type: { column: kind }")
    }

    /// One slip is told once.
    @Test func aSlipInTheChoiceOfFeaturesIsNoTable() {
        let text = """
            goal: { will: occur, event: buy, within: 30d }
            features: { exclude: kind }
            """
        let error = #expect(throws: InstanceError.self) {
            try shop(text)
        }
        #expect(error?.problems.count == 1 && error?.description.contains("features.exclude") == true)
    }

    /// Of the standard field groups a record may have several.
    @Test func anEventOfTheStandardMayBeTwoThings() throws {
        let text = """
            goal: { will: occur, all_of: [{ event: purchases }, { event: checkouts }], within: 30d }
            """
        _ = try shop(text, path: "a.json", type: "type: { xdm: standard }")
    }

    @Test func attributesNeedATable() {
        let text = """
            goal: { will: occur, event: buy, within: 30d }
            eligible: { attributes: [{ field: plan, equals: gold }] }
            """
        let error = #expect(throws: InstanceError.self) {
            try shop(text)
        }
        #expect(error?.description.contains("there are no `profiles:`") == true)
    }
}

/// Other slips of the pen.
@Suite struct InstanceSlipTests {
    @Test func aPercentageIsAShare() throws {
        let text = """
            goal: { will: occur, event: buy, within: 30d }
            segments:
              - { name: likely, all_of: [{ field: probability, gte: 4.17% }, { field: probability, between: [1 %, "50%"] }] }
            """
        let instance = try shop(text)
        #expect(
            instance.segments[0].condition
                == .all([
                    .field(path: "probability", .greaterOrEqual(.number(0.0417))),
                    .field(path: "probability", .between(.number(0.01), .number(0.5))),
                ]))
    }
}
