package import Bytes
import Events
package import Tables

/// One feature over a shard's rows.
package enum FeatureColumn: Sendable, Equatable {
    /// NaN is missing.
    case numeric([Float])
    /// -1 is missing; the dictionary is in byte order and holds what occurs.
    case categorical(codes: [Int32], dictionary: [String])

    package var count: Int {
        switch self {
        case .numeric(let values): values.count
        case .categorical(let codes, _): codes.count
        }
    }
}

/// One shard's rows: a profile at a snapshot each, ordered by snapshot, then by identity. Of labelled rows those that were
/// chosen.
package struct AssembledShard: Sendable, Equatable {
    /// Profiles that have a row, in byte order.
    package internal(set) var identities: [String] = []
    /// Index into `identities`.
    package internal(set) var rowProfile: [UInt32] = []
    /// Index into the recipe's snapshots.
    package internal(set) var rowSnapshot: [UInt8] = []
    package internal(set) var rowLabel = LabelColumn(.outcomes)
    /// By profile: a bit for each snapshot at which it has a labelled row, chosen or not.
    package internal(set) var labelledSnapshots: [UInt64] = []
    /// By feature of the recipe.
    package internal(set) var columns: [FeatureColumn] = []
    /// Of each of the recipe's kept attributes the numbers, or their digits, of the scoring rows, which are the first.
    var attributes: [AttributeBlock.Values] = []
    package internal(set) var summary: AssembleSummary

    /// Whether its columns and snapshots are those of a recipe.
    package func fits(_ recipe: FeatureRecipe) -> Bool {
        columns.count == recipe.features.count && attributes.count == recipe.keptAttributes.count
            && zip(columns, recipe.features).allSatisfy { column, feature in
                switch column {
                case .numeric: feature.kind == .numeric
                case .categorical: feature.kind == .categorical
                }
            }
            && rowSnapshot.allSatisfy { $0 < recipe.snapshots.count }
    }

    /// The kept attributes as columns of the scoring rows, by name; `recipe` must be the one that the shard fits.
    package func attributes(of recipe: FeatureRecipe) -> [Column] {
        zip(recipe.keptAttributes, attributes).map { index, values in
            let name = recipe.attributes[index].attribute.name
            switch values {
            case .numbers(let numbers): return Column(name: name, values: .numbers(numbers))
            case .dates(let dates): return Column(name: name, values: .timestamps(dates))
            case .texts(let texts):
                return Column(
                    name: name, values: .texts(TextValues(codes: texts.codes, dictionary: texts.dictionary)))
            }
        }
    }
}

extension AssembledShard: FieldCodable {
    package static let fields = FieldList(
        filling: { AssembledShard(summary: AssembleSummary(snapshots: 0)) }, \.identities, \.rowProfile, \.rowSnapshot,
        \.rowLabel, \.labelledSnapshots, \.columns, \.attributes, \.summary
    ).check("row count of an assembled shard") { shard in
        let rows = shard.rowProfile.count
        let scoringRows = shard.rowSnapshot.count { $0 == 0 }
        return shard.rowSnapshot.count == rows && shard.labelledSnapshots.count == shard.identities.count
            && shard.rowLabel.count == rows
            && shard.columns.allSatisfy { $0.count == rows } && shard.attributes.allSatisfy { $0.count == scoringRows }
            && shard.rowProfile.allSatisfy { Int($0) < shard.identities.count }
    }
}

extension FeatureColumn: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .numeric(let values):
            writer.write(false)
            writer.write(narrow: values)
        case .categorical(let codes, let dictionary):
            writer.write(true, EventBlock.Texts(codes: codes, dictionary: dictionary))
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard try reader.read(Bool.self) else {
            self = .numeric(try reader.readNarrowNumbers())
            return
        }
        let texts = try reader.read(EventBlock.Texts.self)
        self = .categorical(codes: texts.codes, dictionary: texts.dictionary)
    }
}
