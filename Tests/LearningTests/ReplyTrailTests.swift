import TestSupport
import Testing

@testable import Learning

/// Sums that follow from those before, and sums that do not.
@Suite struct ReplyTrailTests {
    private let layout: HistogramLayout
    private var root: TrainingReply
    private let split = Split(feature: 0, threshold: 1, missingLeft: false)

    init() throws {
        layout = try HistogramLayout(binCounts: [3, 4])
        var histogram = Histogram(layout: layout, nodes: 1)
        histogram.gradients = [0, 5, -2, 1, 1, 1, 0]
        histogram.hessians = [0, 4, 6, 2, 3, 5, 0]
        root = TrainingReply(histogram: histogram, rows: [10], validation: nil)
    }

    private var order: TrainingOrder { .split(tree: 0, level: 1, splits: [split], counted: [0]) }

    /// The side of the split on which its feature's bins add up to 5 and 4.
    private func child(_ change: (inout TrainingReply) -> Void = { _ in }) -> TrainingReply {
        var histogram = Histogram(layout: layout, nodes: 1)
        histogram.gradients = [0, 5, 0, 2, 3, 0, 0]
        histogram.hessians = [0, 4, 0, 1, 3, 0, 0]
        var reply = TrainingReply(histogram: histogram, rows: [4, 6], validation: nil)
        change(&reply)
        return reply
    }

    private func takes(_ reply: TrainingReply) -> Bool {
        var trail = ReplyTrail()
        return trail.takes(root, to: .begin(tree: 0, adding: nil)) && trail.takes(reply, to: order)
    }

    @Test func whatAParentHasItsChildrenHave() { #expect(takes(child())) }

    @Test func anyFlippedBitOfASumIsSeen() {
        for bin in 0..<layout.totalBins {
            for bit in 0..<63 as Range<Int64> {
                #expect(!takes(child { $0.histogram.gradients[bin] ^= 1 << bit }))
                #expect(!takes(child { $0.histogram.hessians[bin] ^= 1 << bit }))
            }
        }
        #expect(!takes(child { $0.rows[0] += 1 }))
    }

    /// All features alike, so that nothing but the parent tells.
    @Test func sumsThatAgreeWithEachOtherAndNotWithTheParentAreSeen() {
        let forged = child {
            $0.histogram.gradients[1] += 1
            $0.histogram.gradients[3] += 1
        }
        #expect(forged.histogram.isBalanced && !takes(forged))
        // Who knows no parent has nothing to hold against it.
        var trail = ReplyTrail()
        let isTaken = trail.takes(forged, to: order)
        #expect(isTaken)
    }

    /// What was not counted is what the parent has more, through two levels; another sum is none.
    @Test func aNodeThatWasNotCountedIsKnownByItsSibling() {
        let second = Split(feature: 1, threshold: 1, missingLeft: true)
        // The right side of the first split has -1, -2, 1, 0 and 1, 0, 5, 0; the left of the second one -3 and 1 of them.
        let order = TrainingOrder.split(tree: 0, level: 2, splits: [nil, second], counted: [2])
        func grandchild(_ gradient: Int64) -> TrainingReply {
            var histogram = Histogram(layout: layout, nodes: 1)
            histogram.gradients = [0, 0, gradient, gradient, 0, 0, 0]
            histogram.hessians = [0, 0, 1, 1, 0, 0, 0]
            return TrainingReply(histogram: histogram, rows: [4, 0, 1, 5], validation: nil)
        }
        for (gradient, isTaken) in [(-3, true), (-2, false), (3, false)] as [(Int64, Bool)] {
            var trail = ReplyTrail()
            #expect(trail.takes(root, to: .begin(tree: 0, adding: nil)) && trail.takes(child(), to: self.order))
            let taken = trail.takes(grandchild(gradient), to: order)
            #expect(taken == isTaken)
        }
    }

    @Test func hessiansAreNeverNegative() {
        var histogram = Histogram(layout: layout, nodes: 1)
        histogram.hessians = [0, -1, 1, 0, 0, 0, 0]
        #expect(!histogram.isBalanced)
    }
}
