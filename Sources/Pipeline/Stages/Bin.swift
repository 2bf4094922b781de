import Bytes
import ClusterProtocol
import Events
import Features
import Learning
import Readiness
import Scoring

extension Stage { static let bin = Stage("bin") }

enum BinStage: TaskStage {
    static let stage = Stage.bin

    static func perform(_ task: ShardTask, by executor: TaskExecutor) throws(Failure) -> RowCounts {
        try executor.bin(task)
    }

    static func files(ofTask task: Int, _ result: RowCounts, of plan: InputPlan) -> [SharedFile] {
        [.store(.binned(shard: task))]
    }
}

/// The model's features, and where each stands among the recipe's.
struct FeatureBinning: FieldCodable {
    var features: [ModelFeature]
    /// For each feature, its index in the recipe (and in an assembled shard's columns).
    var columns: [Int]
    /// What numbers are scaled by that are labels.
    var labels = LabelRange()
    /// Those that stand for the calendar, and are left out.
    var outgrown: [OutgrownFeature] = []

    init(features: [ModelFeature], columns: [Int]) {
        self.features = features
        self.columns = columns
    }

    /// Bins for every feature that can split anything: one with a single bin besides "missing" is dropped unless some
    /// rows lack it.
    ///
    /// - Parameter rows: the labelled rows there are.
    init(sketch: FeatureSketch, recipe: FeatureRecipe, maximumBins: Int, rows: Int, labels: LabelRange) {
        self.labels = labels
        features = []
        columns = []
        for (index, definition) in recipe.features.enumerated() where recipe.isUsed(index) {
            let bins: FeatureBins
            let isKnown: Bool
            let isEverywhere: Bool
            switch sketch.features[index] {
            case .numeric(let values):
                if !recipe.isFeatureTable,
                    let outgrown = OutgrownFeature(
                        code: definition.code, name: definition.name,
                        outside: sketch.scoring[index].count(above: values.quantile(OutgrownFeature.learnedShare)),
                        of: sketch.scoring[index].total)
                {
                    self.outgrown.append(outgrown)
                    continue
                }
                bins = .numeric(from: values, maximumBins: maximumBins)
                (isKnown, isEverywhere) = (values.total > 0, values.total == sketch.rows)
            case .categorical(let values):
                bins = .categorical(from: values, maximumBins: maximumBins)
                (isKnown, isEverywhere) = (values.total.rows > 0, values.total.rows == rows)
            }
            guard isKnown, bins.binCount > 2 || !isEverywhere else { continue }
            features.append(ModelFeature(code: definition.code, name: definition.name, bins: bins))
            columns.append(index)
        }
    }

    /// Without what is only told.
    static let fields = FieldList(
        filling: { FeatureBinning(features: [], columns: []) }, \.features, \.columns, \.labels
    )
    .check("feature columns") { $0.columns.count == $0.features.count }
}

/// One shard's rows as the trees see them.
struct BinnedRows: FieldCodable, Sendable {
    /// Whose row it is: a number within the shard.
    var profiles: [UInt32]
    var snapshots: [UInt8]
    /// As they are learned from: numbers are scaled to 0...1.
    var labels: LabelColumn
    /// 1 for rows of profiles held out for validation.
    var isValidation: [UInt8]
    /// A hash of each row's profile and snapshot.
    var keys: [UInt64]
    /// A bit for each snapshot at which the row's profile has a labelled row, chosen or not.
    var labelledSnapshots: [UInt64]
    /// How the labelled ones were chosen.
    var choice: RowChoice
    var matrix: BinnedMatrix

    init(
        profiles: [UInt32], snapshots: [UInt8], labels: LabelColumn, isValidation: [UInt8], keys: [UInt64],
        labelledSnapshots: [UInt64], choice: RowChoice, matrix: BinnedMatrix
    ) {
        self.labelledSnapshots = labelledSnapshots
        self.choice = choice
        self.profiles = profiles
        self.snapshots = snapshots
        self.labels = labels
        self.isValidation = isValidation
        self.keys = keys
        self.matrix = matrix
    }

    /// How many rows of its kind a labelled row stands for.
    func every(_ row: Int) -> Int {
        choice.every(outcome: labels.isPositive(row) ? 1 : 0, isHeldOut: isValidation[row] == 1)
    }

    /// Some of the rows, in the order given.
    func picking(_ rows: [UInt32]) -> BinnedRows {
        func picked<Value>(_ column: [Value]) -> [Value] { rows.map { column[Int($0)] } }
        return BinnedRows(
            profiles: picked(profiles), snapshots: picked(snapshots), labels: labels.picking(rows.map(Int.init)),
            isValidation: picked(isValidation), keys: picked(keys), labelledSnapshots: picked(labelledSnapshots),
            choice: choice, matrix: BinnedMatrix(joining: [(matrix, rows)]))
    }

    /// The rows of several shards, in the order given. Which shard's a profile is, is not told.
    init(joining parts: [BinnedRows]) {
        profiles = parts.flatMap(\.profiles)
        snapshots = parts.flatMap(\.snapshots)
        labels = LabelColumn(joining: parts.map(\.labels))
        isValidation = parts.flatMap(\.isValidation)
        keys = parts.flatMap(\.keys)
        labelledSnapshots = parts.flatMap(\.labelledSnapshots)
        choice = parts.first?.choice ?? RowChoice()
        matrix = BinnedMatrix(joining: parts.map(\.matrix))
    }

    static let fields = FieldList(
        Self.init, \.profiles, \.snapshots, \.labels, \.isValidation, \.keys, \.labelledSnapshots, \.choice, \.matrix
    )
    .check("row count") { rows in
        let counts = [
            rows.profiles.count, rows.snapshots.count, rows.labels.count, rows.isValidation.count, rows.keys.count,
            rows.labelledSnapshots.count,
        ]
        return counts.allSatisfy { $0 == rows.matrix.rows }
    }
    // Profiles are numbered, and each of them has a row.
    .check("profile") { rows in rows.profiles.allSatisfy { $0 < rows.matrix.rows } }
}

/// Labelled rows and outcomes by snapshot, apart for training and validation profiles; sums over shards.
struct RowCounts: ShardSum, FieldCodable {
    /// By snapshot; the scoring snapshot is the first and has no outcomes.
    var training: [Outcomes]
    var validation: [Outcomes]
    /// Of the first shards only.
    var byFeature = FeatureOutcomes()
    var scored: BinRanges

    struct Outcomes: PlainBytes {
        /// Each as often as it stands for rows that were not chosen.
        var rows: Int64 = 0
        var positives: Int64 = 0
        /// The sum of their labels, in units (`LabelColumn.unitsPerLabel`).
        var labels: Int64 = 0
        /// Rows that there are.
        var chosen: Int64 = 0
        /// What they weigh in training on all dates, and those with the outcome, in units of 2^-20.
        var weight: Int64 = 0
        var positiveWeight: Int64 = 0

        var isPossible: Bool {
            0...ByteReader.mostCounted ~= rows && 0...rows ~= positives && 0...(rows << 20) ~= labels
                && 0...rows ~= chosen && 0...(chosen << 20) ~= weight && 0...weight ~= positiveWeight
        }

        /// Of outcomes, how many came; of numbers, as they are learned from.
        var labelSum: Double { Double(labels) / LabelColumn.unitsPerLabel }

        mutating func add(_ other: Outcomes) {
            rows += other.rows
            positives += other.positives
            labels &+= other.labels
            chosen += other.chosen
            weight += other.weight
            positiveWeight += other.positiveWeight
        }
    }

    init(snapshots: Int, binCounts: [Int]) {
        training = Array(repeating: Outcomes(), count: snapshots)
        validation = training
        scored = BinRanges(binCounts: binCounts)
    }

    /// Of no rows, for counts of every feature.
    init(_ binning: FeatureBinning, _ recipe: FeatureRecipe) {
        self.init(snapshots: recipe.snapshots.count, binCounts: binning.features.map(\.bins.binCount))
        byFeature = FeatureOutcomes(binCounts: binning.features.map(\.bins.binCount), recipe: recipe)
    }

    func fits(_ other: RowCounts) -> Bool {
        training.count == other.training.count && byFeature.fits(other.byFeature) && scored.fits(other.scored)
    }

    mutating func add(_ other: RowCounts) {
        for index in training.indices {
            training[index].add(other.training[index])
            validation[index].add(other.validation[index])
        }
        byFeature.merge(other.byFeature)
        scored.add(other.scored)
    }

    static let fields = FieldList(
        filling: { RowCounts(snapshots: 0, binCounts: []) }, \.training, \.validation, \.byFeature, \.scored
    )
    .check("snapshot count") { $0.training.count == $0.validation.count }
    .check("row counts") { ($0.training + $0.validation).allSatisfy(\.isPossible) }
}

extension TaskExecutor {
    /// Turns one shard's features into bins.
    func bin(_ task: ShardTask) throws(Failure) -> RowCounts {
        let binning: FeatureBinning = try read(.bins)
        let recipe: FeatureRecipe = try read(.recipe)
        let shard = try assembled(task.shard, by: recipe)
        let rows = shard.rowSnapshot.count
        let hashes = shard.identities.map(Identity.hash)
        var columns: [[UInt8]] = []
        for (feature, index) in zip(binning.features, binning.columns) {
            guard shard.columns.indices.contains(index) else {
                throw Failure(.machine, "shard \(task.shard) lacks a feature")
            }
            columns.append(bins(of: shard.columns[index], feature.bins))
        }
        let rowHashes = shard.rowProfile.map { hashes[Int($0)] }
        let binned = BinnedRows(
            profiles: shard.rowProfile, snapshots: shard.rowSnapshot, labels: binning.labels.scaled(shard.rowLabel),
            isValidation: rowHashes.map { ShardMap.isValidation(identityHash: $0) ? 1 : 0 },
            keys: zip(rowHashes, shard.rowSnapshot).map { RowChoice.key(identityHash: $0, snapshot: Int($1)) },
            labelledSnapshots: shard.rowProfile.map { shard.labelledSnapshots[Int($0)] }, choice: recipe.rowChoice,
            matrix: BinnedMatrix(columns: columns, rows: rows))
        try write(.binned(shard: task.shard), binned)
        var counts = RowCounts(
            snapshots: recipe.snapshots.count, binCounts: binning.features.map(\.bins.binCount))
        for (feature, index) in binning.columns.enumerated() {
            guard case .numeric(let values) = shard.columns[index] else { continue }
            counts.scored.add(
                values.prefix(binned.scoredCount), bins: binned.matrix.bins(of: feature), feature: feature)
        }
        let weights = binned.trainingWeights(Snapshots(recipe).training)
        for row in 0..<rows where binned.labels.isKnown(row) {
            let snapshot = Int(binned.snapshots[row])
            let every = Int64(binned.every(row))
            let (isPositive, weight) = (binned.labels.isPositive(row), Int64(weights[row] * 0x1p20))
            let own = RowCounts.Outcomes(
                rows: every, positives: isPositive ? every : 0, labels: every * binned.labels.units(row), chosen: 1,
                weight: weight, positiveWeight: isPositive ? weight : 0)
            if binned.isValidation[row] == 1 {
                counts.validation[snapshot].add(own)
            } else {
                counts.training[snapshot].add(own)
            }
        }
        if task.shard < FeatureOutcomes.shardLimit, binned.labels.kind == .outcomes {
            var outcomes = FeatureOutcomes(binCounts: binning.features.map(\.bins.binCount), recipe: recipe)
            outcomes.add(
                shard: shard, recipe: recipe,
                groups: (0..<rows).map {
                    FeatureOutcomes.group(
                        snapshot: binned.snapshots[$0], label: binned.labels.outcomes[$0],
                        isValidation: binned.isValidation[$0] == 1)
                }
            ) { binned.matrix.bins(of: $0) }
            counts.byFeature = outcomes
            counts.scored.add(binned.matrix, scored: binned.scoredCount)
        }
        return counts
    }

    private func bins(of column: FeatureColumn, _ bins: FeatureBins) -> [UInt8] {
        switch (column, bins) {
        case (.numeric(let values), .numeric(let edges)):
            var result = [UInt8](repeating: 0, count: values.count)
            numericBins(of: values, edges: edges, into: &result)
            return result
        case (.categorical(let codes, let dictionary), .categorical):
            let ofValue = dictionary.map { bins.bin(of: $0) }
            return codes.map { $0 < 0 ? 0 : ofValue[Int($0)] }
        case (.numeric(let values), .categorical): return [UInt8](repeating: 0, count: values.count)
        case (.categorical(let codes, _), .numeric): return [UInt8](repeating: 0, count: codes.count)
        }
    }
}

extension TaskExecutor {
    /// A shard's rows from the store, whose bins are those of the models.
    func binned(_ shard: Int, for models: [Model]) throws(Failure) -> BinnedRows {
        let rows: BinnedRows = try read(.binned(shard: shard))
        for model in models {
            let binCounts = model.features.map(\.bins.binCount)
            guard rows.matrix.features == binCounts.count,
                rows.matrix.firstFeatureOutOfRange(binCounts: binCounts) == nil
            else {
                throw Failure(
                    .machine, "the bins of shard \(shard) are not those of the model; add --fresh to begin anew")
            }
        }
        return rows
    }
}
