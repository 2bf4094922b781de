import Features
import Learning
import TestSupport
import Testing

@testable import Bytes
@testable import Pipeline

/// Rows that were chosen weigh what all rows do.
@Suite struct TrainingWeightTests {
    /// Two profiles: one labelled at snapshots 1, 2 and 3 and chosen at two of them, one labelled at 3 alone.
    private func rows(_ choice: RowChoice) -> BinnedRows {
        BinnedRows(
            profiles: [0, 0, 1], snapshots: [1, 3, 3], labels: LabelColumn(outcomes: [1, 0, 0]),
            isValidation: [0, 0, 0], keys: [1, 2, 3], labelledSnapshots: [0b1110, 0b1110, 0b1000], choice: choice,
            matrix: BinnedMatrix(columns: [[1, 2, 3]], rows: 3))
    }

    private func choice(without: Int, with: Int) throws -> RowChoice {
        var counts = LabelCounts()
        var writer = ByteWriter()
        writer.write(100 * without, 100 * with, 0)
        counts = try LabelCounts(decoding: writer.bytes)
        return RowChoice(of: counts, limit: 200, seed: 1)
    }

    @Test func aProfilesDatesCountTogether() {
        #expect(rows(RowChoice()).trainingWeights([1, 2, 3]) == [1 / 3, 1 / 3, 1])
        // Of a back-test, which does not know the latest.
        #expect(rows(RowChoice()).trainingWeights([2, 3]) == [1 / 2, 1 / 2, 1])
    }

    @Test func whatStandsForManyWeighsMore() throws {
        let choice = try choice(without: 8, with: 2)
        #expect(choice.without == 8 && choice.with == 2)
        let rows = rows(choice)
        #expect(rows.trainingWeights([1, 2, 3]) == [0.25 / 3, 1 / 3, 1])
        #expect((0..<3).map(rows.every) == [2, 8, 8])
        #expect(choice.largestWeight == 8)
        // Weights are shares of the largest: times that, they are what each row stands for.
        for (row, weight) in rows.trainingWeights([3]).enumerated() {
            #expect(weight * 8 == Float(rows.every(row)))
        }
    }

    /// What is drawn of the chosen rows is about the same number whatever they weigh.
    @Test(
        arguments: [
            // weight of all and of those with the outcome, the outcome's rate; the least that is drawn
            (1000, 100, 0.1, 1), (100_000, 10_000, 0.1, 4), (100_000, 10_000, 0.5, 11), (1e7, 1e6, 0.1, 31),
            (223_000, 2200, 0.01, 1),
        ] as [(Double, Double, Double, Float)])
    func lightRowsAreDrawnByWhatTheyWeigh(_ all: Double, _ positive: Double, _ rate: Double, _ least: Float) {
        #expect(GradientScale.leastDrawn(weight: (all, positive), rate: rate) == least)
    }
}
