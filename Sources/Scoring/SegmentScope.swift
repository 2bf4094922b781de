package import InstanceFile
package import Tables

/// The influential factors of a shard's profiles: those of row `i` stand at `start[i] ..< start[i + 1]`.
package struct RowFactors: Sendable {
    package var start: [Int]
    /// Index into `codes` and `names`.
    package var feature: [Int]
    package var directions: [FactorDirection]
    package var importances: [FactorImportance]
    package var codes: [String]
    package var names: [String]
    /// What the factor of each feature is called where it is shown: of several that say the same, by more than one name.
    package var shown: [String]
    /// Whose factor each feature is part of: its own, or that of one before it which says the same.
    package var leaders: [Int]

    package init(
        start: [Int], feature: [Int], directions: [FactorDirection], importances: [FactorImportance], codes: [String],
        names: [String], shown: [String], leaders: [Int]
    ) {
        self.shown = shown
        self.leaders = leaders
        self.start = start
        self.feature = feature
        self.directions = directions
        self.importances = importances
        self.codes = codes
        self.names = names
    }
}

/// A shard's scored profiles, as the conditions of segments see them.
///
/// A field is an output first, then a feature by its code, then an attribute by its name.
package struct SegmentScope: ConditionScope {
    /// The names under which outputs are fields.
    package static let outputs = ScoreColumns.names

    package let rowCount: Int
    private let columns: [String: Column]
    private let factors: RowFactors

    /// - Parameters:
    ///   - outputs: columns named as in `SegmentScope.outputs`.
    ///   - features: columns named by code; only those that a condition mentions are needed.
    ///   - attributes: columns named by attribute.
    package init(rowCount: Int, outputs: [Column], features: [Column], attributes: [Column], factors: RowFactors) {
        self.rowCount = rowCount
        self.factors = factors
        columns = Dictionary((outputs + features + attributes).map { ($0.name, $0) }) { first, _ in first }
    }

    package func column(_ path: String) -> Column? { columns[path] }

    /// Segments are of profiles; no row is an event.
    package func rows(ofEvent name: String) -> [Bool] { Array(repeating: false, count: rowCount) }

    package func rows(withFactor test: FactorTest) -> [Bool] {
        var wanted = Array(repeating: false, count: factors.codes.count)
        for index in factors.codes.indices
        where factors.shown[index] == test.name
            || Self.isMeant(test.name, code: factors.codes[index], name: factors.names[index])
        {
            wanted[factors.leaders[index]] = true
        }
        return (0..<rowCount).map { row in
            (factors.start[row]..<factors.start[row + 1]).contains { place in
                wanted[factors.feature[place]]
                    && test.direction.map { $0 == factors.directions[place] } ?? true
                    && test.importance.map { $0 <= factors.importances[place] } ?? true
            }
        }
    }

    /// Whether a condition's factor is this one: by code, by name, or by the name without its window.
    package static func isMeant(_ wanted: String, code: String, name: String) -> Bool {
        if wanted == code || wanted == name { return true }
        guard name.hasPrefix(wanted + ", ") else { return false }
        let window = name.dropFirst(wanted.count + 2)
        return window.hasPrefix("last ") || window == "all time"
    }

    /// The rows that belong to a segment, ascending.
    package func members(of segment: SegmentDefinition) -> [Int] {
        let matches = segment.condition.evaluate(in: self)
        return matches.indices.filter { matches[$0] }
    }
}
