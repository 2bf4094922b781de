import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

@Suite struct AssemblyTests {
    private let asOf = worldStart + 150 * day

    /// Events of one moment and different content are there too: their order is by content, not by arrival.
    private func world(_ seed: UInt64) -> [Happening] {
        var random = SplitMix(seed: seed)
        var events = random.happenings(900, days: 0..<150, profiles: 50)
        for event in events.prefix(200) {
            var other = event
            if random.oneIn(2) { other.amount = Double(random.below(100)) }
            if random.oneIn(2) { other.sku = "t\(random.below(3))" }
            if random.oneIn(3) { other.kind = "call" }
            events.append(other)
        }
        return events
    }

    private func bytes(_ ingested: Ingested, _ recipe: FeatureRecipe, _ random: inout SplitMix) throws -> [[UInt8]] {
        try ingested.blocks.map { blocks in
            try Assembler(recipe: recipe).assemble(blocks: blocks.shuffled(using: &random)).encoded
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theOrderAndTheSizeOfBlocksDoNotMatter(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let events = world(seed)
        let whole = try Ingested(shop(asOf: asOf), [events])
        let recipe = try whole.recipe()
        let expected = try bytes(whole, recipe, &random)
        for _ in 0..<3 {
            let mixed = events.shuffled(using: &random)
            let cut = random.below(mixed.count)
            let parts = try Ingested(
                shop(asOf: asOf), [Array(mixed[..<cut]), Array(mixed[cut...])], batch: 1 + random.below(50),
                bufferLimit: 1 + random.below(5000))
            #expect(parts.blocks.contains { $0.count > 2 })
            #expect(parts.summary == whole.summary)
            #expect(try parts.recipe() == recipe)
            #expect(try bytes(parts, recipe, &random) == expected)
        }
    }

    @Test func duplicatesAreDroppedUnlessTheyAreToBeKept() throws {
        let events = world(4)
        let distinct = Set(events.map { "\($0)" }).count
        let twice = events + events
        let once = try Ingested(shop(asOf: asOf), [events])
        let dropped = try Ingested(shop(asOf: asOf), [twice])
        let rows = try dropped.rows(try dropped.recipe())
        #expect(rows.summary.duplicates == twice.count - distinct)
        #expect(rows.summary.events == distinct)
        #expect(rows.rows == (try once.rows(try dropped.recipe()).rows))

        let kept = try Ingested(shop(asOf: asOf, duplicates: .keep), [twice])
        let all = try kept.rows(try kept.recipe())
        #expect(all.summary.duplicates == 0)
        #expect(all.summary.events == twice.count)
        let key = try #require(all.rows.keys.filter { !$0.isLabelled }.min { $0.who < $1.who })
        guard case .number(let count) = rows.rows[key]?.features["events_count_all"],
            case .number(let doubled) = all.rows[key]?.features["events_count_all"]
        else {
            Issue.record("no count")
            return
        }
        #expect(doubled >= 2 * count)
    }

    @Test func profilesStandInTheShardOfTheirHashInByteOrder() throws {
        let ingested = try Ingested(shop(asOf: asOf), [world(5)])
        let rows = try ingested.rows(try ingested.recipe())
        for (shard, identities) in rows.identities.enumerated() {
            #expect(identities.allSatisfy { ingested.plan.shards.shard(of: $0) == shard })
            #expect(identities == identities.sorted())
        }
        #expect(rows.summary.profiles == rows.identities.joined().count)
    }

    @Test func aDamagedBlockIsAnErrorThatNamesIt() throws {
        let ingested = try Ingested(shop(asOf: asOf), [world(6)])
        let recipe = try ingested.recipe()
        var random = SplitMix(seed: 7)
        let good = try #require(ingested.blocks.first { !$0.isEmpty })
        for _ in 0..<200 {
            var bad = good[0]
            if random.oneIn(2) {
                bad.removeLast(1 + random.below(bad.count - 1))
            } else {
                bad[random.below(bad.count)] ^= 1 << UInt8(random.below(8))
            }
            let error = #expect(throws: AssembleError.self) {
                try Assembler(recipe: recipe).assemble(blocks: good + [bad])
            }
            #expect(error?.description.hasPrefix("ingested block \(good.count) cannot be used: ") == true)
        }
    }
}

/// Everything that goes over the wire or to disk.
@Suite struct CodingTests {
    private func comesBack<Value: ByteCodable & Equatable>(_ value: Value, seed: UInt64) throws {
        let bytes = value.encoded
        var reader = ByteReader(bytes)
        #expect(try Value(from: &reader) == value)
        try reader.finish()
        // Whatever arrives is read or refused, and never ends the process.
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            var bad = bytes
            if random.oneIn(2) { bad.removeLast(1 + random.below(bad.count)) }
            for _ in 0..<random.below(4) where !bad.isEmpty {
                bad[random.below(bad.count)] = UInt8.random(in: 0...255, using: &random)
            }
            var reader = ByteReader(bad)
            do throws(ByteError) { _ = try Value(from: &reader) } catch { #expect(!error.description.isEmpty) }
        }
    }

    @Test func plansSummariesRecipesAndShardsComeBack() throws {
        var random = SplitMix(seed: 1)
        let custom = CustomEvent(name: "big", condition: .field(path: "amount", .greater(.number(50))))
        let ingested = try Ingested(
            shop(asOf: worldStart + 150 * day, customEvents: [custom]),
            [random.happenings(300, days: 0..<150, profiles: 20)])
        let recipe = try ingested.recipe()
        try comesBack(ingested.plan, seed: 2)
        try comesBack(ingested.summary, seed: 3)
        try comesBack(recipe, seed: 4)
        try comesBack(try ingested.rows(recipe).summary, seed: 5)

        let block = try #require(ingested.blocks.joined().first)
        var sealed = try ChecksummedEnvelope.open(block, name: EventBlock.name, version: EventBlock.version)
        let events = try EventBlock(from: &sealed)
        #expect(events.rowCount > 0)
        var withoutMissing = events
        withoutMissing.numbers = events.numbers.map { $0.map { $0.isNaN ? 0 : $0 } }
        try comesBack(withoutMissing, seed: 6)
        var attributes = AttributeBlock()
        attributes.identity = ["a", "b"]
        attributes.row = [0, 7]
        attributes.labels = LabelColumn(outcomes: [1, LabelColumn.unknownOutcome])
        attributes.attributes = [
            .numbers([1, 2]), .dates([5, AttributeBlock.missingDate]),
            .texts(EventBlock.Texts(codes: [0, -1], dictionary: ["x"])),
        ]
        try comesBack(attributes, seed: 7)

        let shard = try Assembler(recipe: recipe).assemble(blocks: ingested.blocks[0] + ingested.blocks[1])
        var reader = ByteReader(shard.encoded)
        #expect(try AssembledShard(from: &reader).encoded == shard.encoded)
    }
}
