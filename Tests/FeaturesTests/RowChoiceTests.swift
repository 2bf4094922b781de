import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

/// Labelled rows are chosen by hashes of what they are, the rarer outcome first, and stand for those that are not.
@Suite struct RowChoiceTests {
    private func counts(without: Int, with: Int, heldOut: Int) -> LabelCounts {
        var counts = LabelCounts()
        (counts.without, counts.with, counts.heldOut) = (without, with, heldOut)
        return counts
    }

    @Test(arguments: [
        // without, with, held out, limit; one in so many without, with, held out
        (900, 100, 250, 1000, 1, 1, 1),
        (9000, 100, 2275, 1000, 10, 1, 10),
        (100, 9000, 2275, 1000, 1, 10, 10),
        (90_000, 10_000, 25_000, 1000, 180, 20, 100),
        (9000, 0, 2250, 1000, 9, 1, 9),
    ])
    func theRarerOutcomeGetsUpToHalf(
        _ without: Int, _ with: Int, _ heldOut: Int, _ limit: Int, _ everyWithout: Int, _ everyWith: Int,
        _ everyHeldOut: Int
    ) {
        let choice = RowChoice(
            of: counts(without: without, with: with, heldOut: heldOut), limit: limit, seed: 1)
        #expect(choice.without == everyWithout && choice.with == everyWith && choice.heldOut == everyHeldOut)
        #expect(without / choice.without + with / choice.with <= limit)
        #expect(max(choice.weight(outcome: 0), choice.weight(outcome: 1)) == 1)
        #expect(
            choice.weight(outcome: 1) * Float(choice.without) == choice.weight(outcome: 0) * Float(choice.with))
    }

    @Test func aPartOfTheShardsStandsForAll() {
        let part = counts(without: 30, with: 4, heldOut: 7)
        #expect(part.scaled(from: 4, to: 64) == counts(without: 480, with: 64, heldOut: 112))
    }

    /// One in so many is chosen, of every snapshot, and another seed chooses others.
    @Test func theHashChoosesEvenly() {
        let total = counts(without: 100_000, with: 5000, heldOut: 0)
        let choices = [1, 2].map { RowChoice(of: total, limit: 15_000, seed: $0) }
        let keys = (0..<20_000).map { RowChoice.key(identityHash: StableHash.hash("profile \($0)"), snapshot: 3) }
        let chosen = choices.map { choice in
            keys.map { choice.takes($0, outcome: 0, isHeldOut: false) }
        }
        for own in chosen { #expect(abs(own.count { $0 } - 2000) < 200) }
        #expect(zip(chosen[0], chosen[1]).count { $0 && $1 } < 300)
        #expect(keys.allSatisfy { choices[0].takes($0, outcome: 1, isHeldOut: false) })
    }

    /// Rows that are chosen are what they are among all; rows to score are never left out; what is counted is of all rows.
    @Test func chosenRowsAreSomeOfAll() throws {
        var random = SplitMix(seed: 9)
        let ingested = try Ingested(
            shop(asOf: worldStart + 150 * day), [random.happenings(4000, days: 0..<150, profiles: 300)])
        var recipe = try ingested.recipe()
        let all = try ingested.rows(recipe)
        let counted = try ingested.blocks.reduce(into: LabelCounts()) { counts, blocks in
            counts.add(try Assembler(recipe: recipe).labelCounts(blocks: blocks))
        }
        #expect(counted == all.summary.labels && counted == all.summary.chosen)
        #expect(counted.with > 20 && counted.without > 20 && counted.heldOut > 20)

        let limit = counted.learned / 3
        recipe.rowChoice = RowChoice(of: counted, limit: limit, seed: 5)
        let some = try ingested.rows(recipe)
        #expect(some.summary.chosen.learned < counted.learned && some.summary.chosen.heldOut < counted.heldOut)
        #expect(some.rows.count < all.rows.count)
        for (key, row) in some.rows { #expect(all.rows[key] == row) }
        let toScore = all.rows.keys.filter { !$0.isLabelled }
        #expect(!toScore.isEmpty && toScore.allSatisfy { some.rows[$0] != nil })
        var summary = some.summary
        summary.chosen = all.summary.chosen
        #expect(summary == all.summary)

        // A shard knows of each of its profiles when it was labelled, chosen or not.
        for blocks in ingested.blocks {
            let whole = try Assembler(recipe: try ingested.recipe()).assemble(blocks: blocks)
            let part = try Assembler(recipe: recipe).assemble(blocks: blocks)
            let dates = Dictionary(uniqueKeysWithValues: zip(whole.identities, whole.labelledSnapshots))
            for (identity, snapshots) in zip(part.identities, part.labelledSnapshots) {
                #expect(dates[identity] == snapshots)
            }
        }
    }
}
