package import Bytes
import Events
package import InstanceFile
import Tables

/// What came of assembling: counts that add up over shards in any order.
package struct AssembleSummary: Sendable, Equatable {
    /// Profiles that have a row at some snapshot.
    package internal(set) var profiles = 0
    /// Events that were looked at, duplicates left out.
    package internal(set) var events = 0
    /// Exact duplicates of another event that were dropped.
    package internal(set) var duplicates = 0
    /// Rows of profile or feature tables that a later row of the same profile replaced.
    package internal(set) var replaced = 0
    /// Profiles that datasets share.
    package internal(set) var overlap = IdentityOverlap()
    /// Identities that stand out.
    package internal(set) var conspicuous = ConspicuousIdentities()
    /// Profiles that have a labelled row with the outcome at some snapshot, and one without it; many have both.
    package internal(set) var profilesWith = 0
    package internal(set) var profilesWithout = 0
    /// By snapshot.
    package internal(set) var rows: [Int]
    package internal(set) var positives: [Int]
    /// Labelled rows, and those of them that were chosen.
    package internal(set) var labels = LabelCounts()
    package internal(set) var chosen = LabelCounts()
    /// The labels that are numbers.
    package internal(set) var numbers = LabelRange()

    package init(recipe: FeatureRecipe) { self.init(snapshots: recipe.snapshots.count) }

    init(snapshots: Int) {
        rows = Array(repeating: 0, count: snapshots)
        positives = rows
    }

    /// Whether another shard's counts are of as many snapshots, and of no more datasets than are compared.
    package func fits(_ other: AssembleSummary) -> Bool {
        rows.count == other.rows.count && other.overlap.datasets.count <= IdentityOverlap.maximumDatasets
    }

    package mutating func merge(_ other: AssembleSummary) {
        profiles += other.profiles
        profilesWith += other.profilesWith
        profilesWithout += other.profilesWithout
        events += other.events
        duplicates += other.duplicates
        replaced += other.replaced
        overlap.merge(other.overlap)
        conspicuous.merge(other.conspicuous)
        numbers.merge(other.numbers)
        labels.add(other.labels)
        chosen.add(other.chosen)
        for index in rows.indices {
            rows[index] += other.rows[index]
            positives[index] += other.positives[index]
        }
    }
}

extension AssembleSummary: FieldCodable {
    package static let fields = FieldList(
        filling: { AssembleSummary(snapshots: 0) }, \.profiles, \.events, \.duplicates, \.replaced, \.profilesWith,
        \.profilesWithout, \.overlap, \.conspicuous, \.rows, \.positives, \.labels, \.chosen, \.numbers
    ).check("snapshot count", \.isPossible)

    private var isPossible: Bool {
        max(profilesWith, profilesWithout) <= profiles && rows.count == positives.count
            && zip(positives, rows).allSatisfy { $0 <= $1 } && chosen.without <= labels.without
            && chosen.with <= labels.with && chosen.heldOut <= labels.heldOut
            && labels.learned + labels.heldOut <= rows.reduce(0, +)
    }
}

extension FeatureRecipe {
    /// Whether there is somebody to score.
    package func checkEligible(_ summary: AssembleSummary, latest: Int64?) throws(ReadinessError) {
        if let scoring = summary.rows.first, scoring == 0 {
            throw .nobodyEligible(
                asOf: Timestamp(microseconds: snapshots[0].asOf), latestEvent: latest.map(Timestamp.init(microseconds:))
            )
        }
    }

    /// Whether there is enough to learn from: profiles, each of which counts once, at however many snapshots it is.
    package func checkLabels(_ summary: AssembleSummary, checks: Checks) throws(ReadinessError) {
        guard summary.numbers.count == 0 else {
            guard summary.numbers.isVaried, summary.numbers.count >= checks.minimumOutcomes else {
                throw .tooFewNumbers(
                    count: summary.numbers.count, areEqual: !summary.numbers.isVaried, minimum: checks.minimumOutcomes)
            }
            return
        }
        let (with, without) = (summary.profilesWith, summary.profilesWithout)
        guard with >= checks.minimumOutcomes, without >= checks.minimumOutcomes else {
            throw .tooFewOutcomes(
                with: with, without: without, minimum: checks.minimumOutcomes, snapshots: snapshots.count - 1)
        }
    }
}
