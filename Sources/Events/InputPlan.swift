import Bytes
import InstanceFile
package import Tables

/// What is read, column by column and split by split, decided once before anything runs.
///
/// Workers get the coordinator's plan as bytes, so that nobody lists a folder or guesses a column's kind twice.
package struct InputPlan: Sendable, Equatable {
    /// The event datasets (or the feature table), then the profile datasets.
    package internal(set) var datasets: [PlannedDataset] = []
    package internal(set) var splits: [InputSplit] = []
    /// A power of two that depends on the input's size alone.
    package internal(set) var shardCount = 8
    /// Names of the events' numeric fields over all datasets, in order of first appearance.
    package internal(set) var numbers: [String] = []
    /// Names of the events' categorical fields over all datasets, in order of first appearance.
    package internal(set) var categories: [String] = []
    /// What the user may want to know, in full sentences.
    package internal(set) var warnings: [String] = []
    /// The same with its kind and what to do about it.
    package internal(set) var notes: [InputNote] = []
    /// No event can have happened after this moment; nil where the instance names an as-of date, which decides alone.
    package internal(set) var endOfToday: Timestamp?

    init() {}

    package var shards: ShardMap { ShardMap(shardCount: shardCount) }

    /// Each has a bit of an event's flags.
    package static let maximumCustomEvents = EventFlags.customEventLimit
    /// The most fields of a dataset that become numbers or categories without being named.
    static let maximumDefaultFields = 32
}

/// A part of one file that one task reads.
package struct InputSplit: Sendable, Equatable {
    /// Its place in `InputPlan.splits`.
    package var id: Int
    /// Index into `InputPlan.datasets`.
    package var dataset: Int
    /// The file's place among its dataset's files: where rows of one identity repeat, the last file's wins.
    package var file: Int
    package var path: String
    /// The columns to read, in byte order of their names: those used, and for finding duplicates all the others.
    package var columns: [String]
    /// nil: all of the file.
    package var part: FilePart?
    /// The number of the split's first row in its file.
    package var firstRow: Int
    /// How many rows it has, where the file says so.
    package var rowCount: Int?
    /// The types of a large JSON file (see `TableFile.foundTypes`); a small one is looked through again.
    package var foundTypes: [UInt8] = []
    /// What the file was when the plan was made: who sees another reads nothing of it.
    package var fingerprint = InputFingerprint()
}

/// The columns of one dataset and what each is for.
package struct PlannedDataset: Sendable, Equatable {
    package enum Role: UInt8, Sendable { case events, features, attributes }

    package var role: Role
    /// The index in its own list of the instance.
    package var position: Int
    /// Its key path in the instance file, as messages show it: "events[0]".
    package var name: String
    /// For each number: its index in `InputPlan.numbers`, and the columns whose product it is.
    package var numbers: [PlannedNumber]
    /// For each category: its index in `InputPlan.categories`, and its column.
    package var categories: [PlannedCategory]
    package var attributes: [PlannedAttribute]
    /// Rows of all its files, where they say so.
    package var rowCount: Int?
    package var byteCount: Int

    init(role: Role, position: Int, name: String) {
        self.role = role
        self.position = position
        self.name = name
        numbers = []
        categories = []
        attributes = []
        byteCount = 0
    }
}

package struct PlannedNumber: Sendable, Equatable {
    package var name: String
    package var number: Int
    package var columns: [String]
}

package struct PlannedCategory: Sendable, Equatable {
    package var column: String
    package var category: Int
}

/// An attribute of a profile, or a ready-made feature.
package struct PlannedAttribute: Sendable, Equatable {
    package enum Kind: UInt8, Sendable { case number, boolean, date, text }

    /// What outlives the ingestion of a number, besides the feature that it becomes.
    package enum Precision: UInt8, Sendable {
        case feature
        /// Its value: segments compare it, or profiles are enriched by it.
        case double
        /// Its digits: segments ask for sameness.
        case digits
    }

    package var name: String
    package var kind: Kind
    package var precision = Precision.feature

    /// Whether a condition that names a field may ask for this attribute: by its name, or by the code of its feature.
    static func isMeant(_ name: String, by path: String) -> Bool { path == name || path == slug(name) }

    /// Of the values that are ingested.
    package var gatheredKind: Kind { precision == .digits ? .text : kind }
}
