import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// Who has a row at a snapshot, asked of whole histories.
@Suite struct EligibilityTests {
    private static let asOf = worldStart + 400 * day
    private static let kinds = ["view", "join", "leave", "buy"]

    /// Some 40 random histories, with several events at one moment and some at the very snapshot.
    private static func histories(_ seed: UInt64) -> [Happening] {
        var random = SplitMix(seed: seed)
        return (0..<40).flatMap { profile in
            (0..<Int.random(in: 1...14, using: &random)).map { _ in
                let back = Int64.random(in: 0...60, using: &random) * Int64.random(in: 0...6, using: &random)
                return Happening(
                    who: "p\(profile)", kind: kinds[Int.random(in: 0..<4, using: &random)],
                    time: asOf - back * day / Int64.random(in: 1...2, using: &random), amount: Double(profile % 5),
                    sku: ["a", "b"].randomElement(using: &random))
            }
        } + [Happening(who: "first", kind: "view", time: worldStart)]
    }

    /// The definition read off the page.
    private static func isEligible(_ eligible: Eligibility, _ events: [Happening], _ moment: Int64) -> Bool {
        func holds(_ condition: Condition?, _ event: Happening) -> Bool {
            switch condition {
            case nil: true
            case .event(let name): event.kind == name
            case .any(let some): some.contains { holds($0, event) }
            case .all(let all): all.allSatisfy { holds($0, event) }
            case .field("sku", .equals(.text(let sku))): event.sku == sku
            default: false
            }
        }
        func seen(_ inLast: Days?) -> [Happening] {
            let start = inLast.map { moment - $0.microseconds } ?? .min
            return events.filter { $0.time <= moment && $0.time > start }
        }
        guard !seen(nil).isEmpty else { return false }
        return eligible.requirements.allSatisfy { requirement in
            let count = seen(requirement.inLast).count { holds(requirement.condition, $0) }
            return (count >= requirement.atLeast) != requirement.isForbidden
        }
            && eligible.latest.allSatisfy { latest in
                let events = seen(latest.inLast).filter { latest.of.contains($0.kind) }
                guard let last = events.map(\.time).max() else { return false }
                // Those of one moment have an order of their own, which is not the tests' affair.
                return events.contains { $0.time == last && latest.allowed.contains($0.kind) }
            }
    }

    private static let cases: [Eligibility] = [
        Eligibility(inLast: Days(1)),
        Eligibility(condition: .event("buy"), inLast: Days(90)),
        Eligibility(requirements: [.init(condition: .event("leave"), inLast: nil, isForbidden: true)]),
        Eligibility(requirements: [
            .init(condition: nil, inLast: Days(30)), .init(condition: .event("join"), inLast: nil),
            .init(condition: .event("leave"), inLast: Days(60), isForbidden: true),
        ]),
        Eligibility(requirements: [.init(condition: .event("view"), inLast: Days(200), atLeast: 3)]),
        Eligibility(requirements: [.init(condition: nil, inLast: nil, atLeast: 5, isForbidden: true)]),
        Eligibility(requirements: [
            .init(condition: .all([.event("buy"), .field(path: "sku", .equals(.text("a")))]), inLast: nil, atLeast: 2)
        ]),
        Eligibility(requirements: [], latest: [.init(of: ["join", "leave"], is: ["join"])]),
        Eligibility(
            requirements: [.init(condition: nil, inLast: Days(120))],
            latest: [.init(of: ["join", "leave", "buy"], is: ["join", "buy"], inLast: Days(100))]),
    ]

    @Test(arguments: cases, [1, 2, 3] as [UInt64])
    func aProfileIsAskedForItsHistory(_ eligible: Eligibility, _ seed: UInt64) throws {
        var events = Self.histories(seed)
        if !eligible.latest.isEmpty {
            // One event a moment, so that there is one latest.
            var taken: [String: Set<Int64>] = [:]
            events = events.filter { taken[$0.who, default: []].insert($0.time).inserted }
        }
        let ingested = try Ingested(shop(asOf: Self.asOf, eligible: eligible, duplicates: .keep), [events])
        let recipe = try ingested.recipe()
        let rows = try ingested.rows(recipe)
        var some = 0
        for snapshot in recipe.snapshots {
            for who in Set(events.map(\.who)) {
                let key = Rows.Key(who: who, snapshot: snapshot.asOf, isLabelled: snapshot.isLabelled)
                let expected = Self.isEligible(eligible, events.filter { $0.who == who }, snapshot.asOf)
                #expect((rows.rows[key] != nil) == expected, "\(who) at \(snapshot.asOf)")
                if expected { some += 1 }
            }
        }
        #expect(some > 0)
    }

    @Test func thatSomeoneMustHaveHadIsThere() throws {
        let eligible = Eligibility(requirements: [
            .init(condition: .event("jion"), inLast: nil),
            .init(condition: .event("leave"), inLast: nil, isForbidden: true),
        ])
        let ingested = try Ingested(shop(asOf: Self.asOf, eligible: eligible), [Self.histories(1)])
        let error = #expect(throws: ReadinessError.self) { try ingested.recipe() }
        #expect(error?.description.hasPrefix("eligible: there is no event \"jion\"; did you mean \"join\"?") == true)
    }

    /// What is asked of attributes, in a table of profiles.
    @Test func attributesAreAskedForToo() throws {
        let folder = try TemporaryFolder()
        let events = (0..<40).flatMap { who in (0..<10).map { "\(who),view,2011-0\(1 + $0 % 9)-15" } }
        let path = try folder.write("who,kind,at\n" + events.joined(separator: "\n") + "\n", to: "events.csv")
        let profiles = (0..<39).map {
            "\($0),\($0 % 2 == 0 ? "gold" : "tin"),\(9_007_199_254_740_992 + $0),2011-0\(1 + $0 % 9)-01"
        }
        let table = try folder.write(
            "id,plan,code,since\n" + profiles.joined(separator: "\n") + "\n", to: "profiles.csv")
        func eligible(_ conditions: String) throws -> [Int] {
            let instance = try Instance.parse(
                text: """
                    version: 1
                    name: Shop
                    propensity: conversion
                    events: [{ path: \(path), identity: who, timestamp: at, type: { column: kind } }]
                    profiles: [{ path: \(table), identity: id }]
                    goal: { will: occur, event: view, within: 30d }
                    eligible: { attributes: [\(conditions)] }
                    as_of: 2011-09-20
                    """, file: "shop.yaml", baseDirectory: folder.path)
            let ingested = try Ingested(files: instance)
            let recipe = try ingested.recipe()
            guard case .events(let source) = instance.source else { return [] }
            return try ingested.blocks.flatMap { blocks in
                let shard = try Assembler(recipe: recipe, eligible: source.eligible.attributes).assemble(blocks: blocks)
                return zip(shard.rowProfile, shard.rowSnapshot).filter { $0.1 == 0 }.map { shard.identities[Int($0.0)] }
            }.compactMap { Int($0) }.sorted()
        }
        #expect(try eligible("{ field: plan, equals: gold }") == stride(from: 0, to: 39, by: 2).map { $0 })
        #expect(try eligible("{ field: code, equals: \"9007199254740993\" }") == [1])
        #expect(try eligible("{ field: since, lt: 2011-02-02 }") == (0..<39).filter { $0 % 9 < 2 })
        #expect(
            try eligible("{ field: plan, equals: tin }, { field: since, gte: 2011-09-01 }")
                == (0..<39).filter { $0 % 2 == 1 && $0 % 9 == 8 })
        // Who has no attributes lacks them.
        #expect(try eligible("{ field: plan, exists: false }") == [39])
        let error = #expect(throws: InputError.self) { try eligible("{ field: plam, equals: gold }") }
        #expect(
            error?.description == "eligible.attributes: no profiles have an attribute \"plam\"; did you mean \"plan\"?")
    }
}
