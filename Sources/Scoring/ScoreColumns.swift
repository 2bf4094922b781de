package import InstanceFile
package import Tables

/// How likely some profiles are, compared with all: the columns that stand in `scores/` and `profiles/`, and that segments ask for.
package struct ScoreColumns: Sendable {
    /// 0...100.
    package var scores: [Double]
    package var probabilities: [Double]
    /// 1...100.
    package var percentiles: [UInt8]
    package var buckets: [Bucket]

    package static let score = "score"
    package static let probability = "probability"

    /// Their names and values, in the order in which they stand.
    private static let table: [(name: String, values: @Sendable (ScoreColumns) -> Column.Values)] = [
        (score, { .numbers($0.scores) }), (probability, { .numbers($0.probabilities) }),
        ("percentile", { .integers($0.percentiles.map(Int64.init)) }),
        (
            "bucket",
            {
                .texts(
                    TextValues(codes: $0.buckets.map { Int32($0.rawValue) }, dictionary: Bucket.allCases.map(\.name)))
            }
        ),
    ]

    package static let names = table.map(\.name)

    /// Those that hold numbers.
    static let numbers = ScoreColumns(scores: [], probabilities: [], percentiles: [], buckets: []).columns
        .filter { if case .texts = $0.values { false } else { true } }.map(\.name)

    package init(scores: [Double], probabilities: [Double], percentiles: [UInt8], buckets: [Bucket]) {
        self.scores = scores
        self.probabilities = probabilities
        self.percentiles = percentiles
        self.buckets = buckets
    }

    package var columns: [Column] { Self.table.map { Column(name: $0.name, values: $0.values(self)) } }
}

/// A part of a segment: who is in it, and how likely each is.
package enum SegmentMembers {
    package static let names = ["profile", ScoreColumns.score, ScoreColumns.probability]

    /// - Parameter rows: those of the profiles that are in it.
    package static func table(
        _ rows: [Int], of profiles: [String], scores: [Double], probabilities: [Double]
    ) -> Table {
        Table(
            columns: [
                .texts(names[0], rows.map { profiles[$0] }),
                Column(name: names[1], values: .numbers(rows.map { scores[$0] })),
                Column(name: names[2], values: .numbers(rows.map { probabilities[$0] })),
            ], rowCount: rows.count)
    }
}

extension Column {
    /// A column of texts, each its own entry of the dictionary.
    package static func texts(_ name: String, _ texts: [String]) -> Column {
        Column(name: name, values: .texts(TextValues(codes: texts.indices.map(Int32.init), dictionary: texts)))
    }
}
