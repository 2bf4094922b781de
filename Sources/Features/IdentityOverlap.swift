package import Bytes
import Events
import InstanceFile

/// How many profiles each dataset has, and how many of them other datasets know too: counts that add up over shards,
/// since a profile is in one shard only.
package struct IdentityOverlap: Sendable, Equatable {
    package struct Dataset: Sendable, Equatable {
        /// Different identities.
        package internal(set) var profiles = 0
        /// Those of the datasets that it is compared with: all other ones of events (or the feature table).
        package internal(set) var others = 0
        /// Those that are in both.
        package internal(set) var shared = 0
        /// The first in byte order.
        package internal(set) var example: String?
    }

    /// In the order of `InputPlan.datasets`; empty where there is only one.
    package internal(set) var datasets: [Dataset] = []

    package init() {}

    /// Datasets past this one are not compared.
    static let maximumDatasets = 64

    /// Of one shard.
    ///
    /// - Parameters:
    ///   - blocks: the distinct identities of each block, and its dataset. Blocks may repeat them.
    ///   - datasetCount: how many datasets there are, whether or not this shard has rows of them.
    ///   - own: whether a dataset holds events, or is the feature table, rather than attributes.
    ///
    /// Cost: a look-up for each distinct identity of each block; nothing for a single dataset.
    init(_ blocks: [(dataset: Int, identities: [String])], datasetCount: Int, own: (Int) -> Bool) {
        guard datasetCount > 1 else { return }
        var membership: [String: UInt64] = [:]
        var ownDatasets: UInt64 = 0
        for block in blocks where block.dataset < Self.maximumDatasets {
            let bit: UInt64 = 1 << UInt64(block.dataset)
            if own(block.dataset) { ownDatasets |= bit }
            for identity in block.identities { membership[identity, default: 0] |= bit }
        }
        datasets = (0..<min(Self.maximumDatasets, datasetCount)).map { dataset in
            let bit: UInt64 = 1 << UInt64(dataset)
            var counts = Dataset()
            for (identity, member) in membership {
                let isOther = member & ownDatasets & ~bit != 0
                if isOther { counts.others += 1 }
                guard member & bit != 0 else { continue }
                counts.profiles += 1
                if isOther { counts.shared += 1 }
                if counts.example.map({ CanonicalText.precedes(identity, $0) }) ?? true { counts.example = identity }
            }
            return counts
        }
    }

    /// Adds another shard's counts. Commutes and associates.
    package mutating func merge(_ other: IdentityOverlap) {
        while datasets.count < other.datasets.count { datasets.append(Dataset()) }
        for (index, theirs) in other.datasets.enumerated() {
            datasets[index].profiles += theirs.profiles
            datasets[index].others += theirs.others
            datasets[index].shared += theirs.shared
            if let theirs = theirs.example {
                let mine = datasets[index].example
                datasets[index].example = mine.map { CanonicalText.precedes(theirs, $0) ? theirs : $0 } ?? theirs
            }
        }
    }
}

extension IdentityOverlap: FieldCodable {
    package static let fields = FieldList(filling: { IdentityOverlap() }, \.datasets)
}

extension IdentityOverlap.Dataset: FieldCodable {
    package static let fields = FieldList(Self.init, \.profiles, \.others, \.shared, \.example)
}
