import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// What the datasets' profiles have in common, summed up shard by shard.
@Suite struct ReadinessIdentityTests {
    private static let shards = ShardMap(shardCount: 8)

    /// Each dataset's identities, as the shards count them; in the order of `order`.
    private func overlap(_ datasets: [[String]], own: Set<Int>, order: [Int] = Array(0..<8)) -> IdentityOverlap {
        var sum = IdentityOverlap()
        for shard in order {
            let blocks = datasets.enumerated().flatMap { index, names -> [(dataset: Int, identities: [String])] in
                let mine = names.filter { Self.shards.shard(of: $0) == shard }
                // In two blocks that overlap, as those of two splits may.
                return [(index, Array(mine.prefix(5))), (index, mine)]
            }
            sum.merge(IdentityOverlap(blocks, datasetCount: datasets.count) { own.contains($0) })
        }
        return sum
    }

    private func findings(_ datasets: [[String]]) throws -> [String] {
        let plan = try CheckedShop().plan
        return IdentityCheck(plan: plan, overlap: overlap(datasets, own: [0, 1])).findings.map(\.line)
    }

    private func names(_ range: Range<Int>, _ prefix: String = "") -> [String] { range.map { "\(prefix)\($0)" } }

    @Test func countsAreThoseOfWholeSets() throws {
        let datasets = [names(0..<300), names(250..<400), names(100..<1_000)]
        let sum = overlap(datasets, own: [0, 1])
        #expect(sum.datasets.map(\.profiles) == [300, 150, 900])
        #expect(sum.datasets.map(\.others) == [150, 300, 400])
        #expect(sum.datasets.map(\.shared) == [50, 50, 300])
        #expect(sum.datasets.map(\.example) == ["0", "250", "100"])
        #expect(overlap(datasets, own: [0, 1], order: [3, 1, 7, 0, 2, 6, 5, 4]) == sum)
        #expect(try IdentityOverlap(decoding: sum.encoded) == sum)
        #expect(overlap([names(0..<10)], own: [0]).datasets.isEmpty)
    }

    @Test func identitiesOfAnotherKindAreNamed() throws {
        #expect(
            try findings([names(0..<300), names(0..<100), names(0..<300, "C-")]) == [
                "profiles[0]: none of its 300 profiles are among the 300 of the other events; such as \"C-0\" here and \"0\" "
                    + "there; name the column that holds the same kind of identity as in the other events"
            ])
        #expect(
            try findings([names(0..<300), names(0..<100, "x") + ["7"], names(0..<300)]) == [
                "events[1]: only 1 of its 101 profiles is among the 300 of events[0]; such as \"7\" here and \"0\" there; "
                    + "name the column that holds the same kind of identity as in events[0]"
            ])
    }

    @Test func aLargerTableOrAnOddEventIsNoMismatch() throws {
        #expect(try findings([names(0..<300), names(299..<300), names(0..<100_000)]).isEmpty)
    }
}

/// Features that give the outcome away.
@Suite struct ReadinessLeakageTests {
    /// A recipe with a number, a past date and an end date, and the profiles of a shard with them.
    private func recipe() throws -> FeatureRecipe {
        var shop = try CheckedShop()
        shop.plan.datasets[2].attributes = [
            PlannedAttribute(name: "points", kind: .number), PlannedAttribute(name: "cancelled", kind: .date),
            PlannedAttribute(name: "plan.endDate", kind: .date), PlannedAttribute(name: "Start date", kind: .date),
        ]
        shop.ingested.attributes[2] = (0..<4).map { _ in
            var counts = IngestSummary.FieldCounts()
            counts.present = 500
            return counts
        }
        return try FeatureRecipe.make(instance: shop.instance, plan: shop.plan, ingested: shop.ingested)
    }

    @Test func subscriptionDatesCountTheRightWay() throws {
        let recipe = try recipe()
        #expect(
            recipe.features.suffix(4).map(\.name) == [
                "points", "Days since cancelled", "Days until plan.endDate", "Days since Start date",
            ])
        #expect(
            recipe.features.suffix(4).map(\.code) == [
                "points", "days_since_cancelled", "days_until_plan_enddate", "days_since_start_date",
            ])
        #expect(try FeatureRecipe(decoding: recipe.encoded) == recipe)

        var block = AttributeBlock()
        block.dataset = 2
        block.identity = ["a"]
        block.row = [0]
        let asOf = CheckedShop.asOf.microseconds
        block.attributes = [
            .numbers([3]), .dates([asOf - 3 * CheckedShop.day]), .dates([asOf + 20 * CheckedShop.day]),
            .dates([asOf - CheckedShop.day / 2]),
        ]
        var event = EventBlock()
        event.identity = EventBlock.Texts(codes: [0], dictionary: ["a"])
        event.type = EventBlock.Texts(codes: [0], dictionary: ["view"])
        event.time = [asOf - CheckedShop.day]
        event.flags = [0]
        event.hash = [1]
        event.numbers = [[]]
        event.categories = [EventBlock.Values()]
        let shard = try Assembler(recipe: recipe).assemble(
            blocks: [
                ChecksummedEnvelope.seal(block.encoded, name: AttributeBlock.name, version: AttributeBlock.version),
                ChecksummedEnvelope.seal(event.encoded, name: EventBlock.name, version: EventBlock.version),
            ])
        let values = shard.columns.suffix(4).map { column -> [Float] in
            guard case .numeric(let values) = column else { return [] }
            return values
        }
        #expect(values == [[3], [3], [20], [0.5]])
    }

    @Test(
        arguments: [
            ("endDate", SubscriptionDate.end), ("ENDDATE", .end), ("end_date", .end), ("a.b[0].endDate", .end),
            ("startDate", .start), ("Start-Date", .start), ("sub.start_date", .start), ("dateEnd", nil), ("", nil),
            ("weekendDate", nil), ("endDate.note", nil),
        ] as [(String, SubscriptionDate?)])
    func namesOfSubscriptionDates(_ name: String, _ expected: SubscriptionDate?) {
        #expect(SubscriptionDate(attribute: name) == expected)
    }

    /// The shard's rows: 200 training and 200 validation, every second with the outcome.
    private func counted(_ recipe: FeatureRecipe, dates: [Float], bins: [[UInt8]]) -> FeatureOutcomes {
        var shard = AssembledShard(summary: AssembleSummary(recipe: recipe))
        shard.columns = recipe.features.map { feature in
            switch feature.source {
            case .daysSinceAttribute: .numeric(dates)
            default: .numeric(dates.map { _ in -1 })
            }
        }
        var outcomes = FeatureOutcomes(binCounts: bins.map { _ in 4 }, recipe: recipe)
        let groups = dates.indices.map {
            FeatureOutcomes.group(snapshot: 1, label: UInt8($0 % 2), isValidation: $0 >= dates.count / 2)
        }
        outcomes.add(shard: shard, recipe: recipe, groups: groups) { bins[$0][...] }
        return outcomes
    }

    /// The counts of pairs, against every pair of rows.
    @Test func pairsAreJudgedAsSingleFeaturesAre() {
        var random = SplitMix(seed: 3)
        var cells = PairCells()
        for _ in 0..<50 {
            let rows = 20 + random.below(300)
            let first = (0..<rows).map { _ in UInt8(random.below(8)) }
            let second = (0..<rows).map { _ in UInt8(random.below(1 + random.below(8))) }
            let groups = (0..<rows).map { row in
                UInt8(random.below(2) * 2 + (random.below(8) < Int(first[row] ^ second[row]) ? 1 : 0))
            }
            // Every validation row with the outcome against every one without, by the rate of their cells among training rows.
            func rate(_ row: Int) -> Double {
                let same = (0..<rows).filter {
                    groups[$0] < 2 && first[$0] == first[row] && second[$0] == second[row]
                }
                let all = same.isEmpty ? (0..<rows).filter { groups[$0] < 2 } : same
                return Double(all.count { groups[$0] == 1 }) / Double(all.count)
            }
            let (with, without) = ((0..<rows).filter { groups[$0] == 3 }, (0..<rows).filter { groups[$0] == 2 })
            let rates = (0..<rows).map(rate)
            var pairs = 0.0
            for one in with {
                for other in without { pairs += rates[one] > rates[other] ? 1 : rates[one] == rates[other] ? 0.5 : 0 }
            }
            let isEnough = with.count >= 10 && without.count >= 10
            let naive = isEnough ? pairs / Double(with.count * without.count) : nil
            #expect(cells.auc(of: first, second, groups) == naive)
        }
    }

    @Test func nearlyPerfectFeaturesAreFound() throws {
        let recipe = try recipe()
        let rows = 0..<400
        let outcomes = counted(
            recipe, dates: rows.map { _ in 5 },
            bins: [
                rows.map { UInt8(1 + $0 % 2) }, rows.map { $0 % 2 == 0 ? 0 : UInt8(1 + $0 % 3) },
                rows.map { UInt8($0 / 2 % 4) }, rows.map { UInt8($0 % 20 == 0 ? 2 : 1 + $0 % 2) },
            ])
        #expect(outcomes.auc(of: 0) == 1)
        #expect(outcomes.auc(of: 1) == 1 && outcomes.aucOfPresence(of: 1) == 1)
        #expect(outcomes.auc(of: 2) == 0.5)
        // One in ten rows without the outcome looks like one with it.
        #expect(abs((outcomes.auc(of: 3) ?? 0) - 0.95) < 1e-12)

        var twice = outcomes
        twice.merge(outcomes)
        twice.merge(FeatureOutcomes())
        #expect(twice.auc(of: 3) == outcomes.auc(of: 3))
        var empty = FeatureOutcomes()
        empty.merge(outcomes)
        #expect(empty == outcomes)
        #expect(try FeatureOutcomes(decoding: outcomes.encoded) == outcomes)

        let findings = LeakageCheck(
            features: [("points", "points"), ("days_since_cancelled", "Days since cancelled"), ("x", "x"), ("y", "y")],
            recipe: recipe, plan: try CheckedShop().plan, outcomes: outcomes
        ).findings
        #expect(
            findings.map(\.line) == [
                "profiles[0]: \"points\" alone tells who has the outcome (AUC 1); unless it was so at each training date, "
                    + "list profiles[0].attributes without \"points\"",
                "profiles[0]: whether \"cancelled\" has a value tells who has the outcome (AUC 1); unless it was so at each "
                    + "training date, list profiles[0].attributes without \"cancelled\"",
            ])
    }

    @Test func fewRowsProveNothing() throws {
        let recipe = try recipe()
        let outcomes = counted(recipe, dates: (0..<36).map { _ in 5 }, bins: [(0..<36).map { UInt8(1 + $0 % 2) }])
        #expect(outcomes.auc(of: 0) == nil)
    }

    /// A past date that lies ahead for those with the outcome; an end date may.
    @Test func datesThatTheOutcomeSet() throws {
        let recipe = try recipe()
        func lines(_ dates: [Float]) throws -> [String] {
            let outcomes = counted(recipe, dates: dates, bins: [])
            return LeakageCheck(features: [], recipe: recipe, plan: try CheckedShop().plan, outcomes: outcomes).findings
                .map(\.line)
        }
        let leaking = (0..<400).map { Float($0 % 4 == 1 ? -3 : 3) }
        #expect(
            try lines(leaking).first
                == "profiles[0]: \"cancelled\" lies after the as-of date in 50 % of the rows with the outcome, and in 0 % of "
                + "the others; unless it was so at each training date, list profiles[0].attributes without \"cancelled\""
        )
        #expect(try lines(leaking).count == 2)
        #expect(try lines(leaking).last?.contains("\"Start date\"") == true)
        #expect(try lines((0..<400).map { Float($0 % 4 < 2 ? -3 : 3) }).isEmpty)
        #expect(try lines((0..<400).map { _ in Float.nan }).isEmpty)
    }
}

/// What is said once features are made.
@Suite struct ReadinessOutcomeTests {
    private func readiness(positives: Int, rows: Int, scored: Int = 100, minimum: Int = 500) throws -> Readiness {
        var shop = try CheckedShop()
        shop.instance.checks.minimumOutcomes = minimum
        let recipe = try FeatureRecipe.make(instance: shop.instance, plan: shop.plan, ingested: shop.ingested)
        var assembled = AssembleSummary(recipe: recipe)
        assembled.rows[0] = scored
        assembled.rows[1] = rows
        assembled.positives[1] = positives
        assembled.profilesWith = positives
        assembled.profilesWithout = rows - positives
        var readiness = Readiness(name: "Shop")
        readiness.add(
            assembled, recipe: recipe, instance: shop.instance, plan: shop.plan, latest: shop.ingested.latest)
        return readiness
    }

    @Test(arguments: [
        (1_000, 2_000, Verdict.ready), (999, 2_000, .risky), (500, 2_000, .risky), (499, 2_000, .cannotTrain),
        (1_001, 2_000, .risky), (1_501, 2_000, .cannotTrain), (0, 0, .cannotTrain),
    ])
    func outcomesOfBothKinds(_ positives: Int, _ rows: Int, _ verdict: Verdict) throws {
        let readiness = try readiness(positives: positives, rows: rows)
        #expect(readiness.verdict == verdict)
        #expect(readiness.findings.map(\.code) == (verdict == .ready ? [] : [.outcomes]))
    }

    @Test func theLeastIsConfigured() throws {
        #expect(try readiness(positives: 20, rows: 40, minimum: 10).verdict == .ready)
        #expect(
            try readiness(positives: 12, rows: 40, minimum: 10).findings.map(\.what) == [
                "only 12 profiles with the outcome are labelled, and 10 are the least"
            ])
    }

    @Test func nobodyToScoreAndTooFewToLearnFromAreToldTogether() throws {
        let readiness = try readiness(positives: 1, rows: 2, scored: 0)
        #expect(readiness.findings(.stop).map(\.code) == [.nobodyEligible, .outcomes])
    }
}
