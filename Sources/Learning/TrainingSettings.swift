package import Bytes

/// The shape in which trees grow.
package enum Growth: UInt8, Sendable, Equatable, CaseIterable {
    /// One split a level, shared by all its nodes (CatBoost's shape): strong on small customer tables, cheap to explain.
    case symmetric
    /// Each node its own split, level by level: stronger where features interact much.
    case depthwise
}

/// How the trees are trained. Validated once, immutable after.
package struct TrainingSettings: Sendable, Equatable {
    package let growth: Growth
    /// The most bins a feature may have, the bin of missing values among them: 2...256.
    package let bins: Int
    /// What each tree's leaves are multiplied by: over 0, to 1.
    package let learningRate: Double
    /// 1...100 000.
    package let maximumTrees: Int
    /// Training stops when the validation loss has not improved for so many trees: 1...100 000.
    package let stopAfter: Int
    /// The most splits between root and leaf: 1...6.
    package let depth: Int
    /// L2 regularisation, in units of hessian: 0...1 000 000.
    package let lambda: Double
    /// The least hessian sum (rows times p(1 - p)) of a node: 0...1 000 000 000.
    package let minimumChildHessian: Double
    /// The least rows of a node, of those that the tree learns from, estimated at a split as the node's rows times the child's share of its hessian sum:
    /// 1...1 000 000 000.
    package let minimumChildCount: Int
    /// Which of the training rows each tree learns from.
    package let rowSampling: RowSampling
    /// The share of the features that each tree may split: over 0, to 1.
    package let featureSampling: Double
    /// Everything random is a function of it.
    package let seed: UInt64

    /// - Throws: `TrainingSettingsError` for the first setting that is out of range.
    package init(
        growth: Growth = .symmetric, bins: Int = 64, learningRate: Double = 0.1, maximumTrees: Int = 1000,
        stopAfter: Int = 50, depth: Int = 6, lambda: Double = 1, minimumChildHessian: Double = 1,
        minimumChildCount: Int = 1, rowSampling: RowSampling = .uniform(1),
        featureSampling: Double = 1, seed: UInt64 = 1
    ) throws(TrainingSettingsError) {
        func check(_ name: String, _ value: String, _ isAllowed: Bool, _ allowed: String) throws(TrainingSettingsError)
        {
            if !isAllowed { throw .outOfRange(name: name, value: value, allowed: allowed) }
        }
        try check("bins", "\(bins)", 2...256 ~= bins, "2 to 256")
        try check("learning_rate", "\(learningRate)", learningRate > 0 && learningRate <= 1, "above 0, at most 1")
        try check("trees", "\(maximumTrees)", 1...100_000 ~= maximumTrees, "1 to 100000")
        try check("stop_after", "\(stopAfter)", 1...100_000 ~= stopAfter, "1 to 100000")
        try check("depth", "\(depth)", 1...Tree.maximumDepth ~= depth, "1 to \(Tree.maximumDepth)")
        try check("l2", "\(lambda)", 0...1e6 ~= lambda, "0 to 1000000")
        try check(
            "minimum_child_hessian", "\(minimumChildHessian)", 0...1e9 ~= minimumChildHessian, "0 to 1000000000")
        try check(
            "minimum_child_count", "\(minimumChildCount)", 1...1_000_000_000 ~= minimumChildCount, "1 to 1000000000")
        try check("row_sampling", "\(rowSampling)", rowSampling.isPossible, "above 0, at most 1")
        try check(
            "feature_sampling", "\(featureSampling)", featureSampling > 0 && featureSampling <= 1,
            "above 0, at most 1")
        self.growth = growth
        self.bins = bins
        self.learningRate = learningRate
        self.maximumTrees = maximumTrees
        self.stopAfter = stopAfter
        self.depth = depth
        self.lambda = lambda
        self.minimumChildHessian = minimumChildHessian
        self.minimumChildCount = minimumChildCount
        self.rowSampling = rowSampling
        self.featureSampling = featureSampling
        self.seed = seed
    }
}

/// A setting that training cannot use.
package enum TrainingSettingsError: Error, Equatable, CustomStringConvertible {
    /// `name` is the setting's key under `model:` in the instance file.
    case outOfRange(name: String, value: String, allowed: String)

    package var description: String {
        switch self {
        case .outOfRange(let name, let value, let allowed):
            "\(name) is \(value), which cannot be used; give \(allowed), or leave it out for the default"
        }
    }
}

extension TrainingSettings: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        growth.encode(to: &writer)
        writer.write(UInt16(bins))
        writer.write(learningRate)
        writer.write(UInt32(maximumTrees))
        writer.write(UInt32(stopAfter))
        writer.write(UInt8(depth))
        writer.write(lambda)
        writer.write(minimumChildHessian)
        writer.write(UInt32(minimumChildCount))
        rowSampling.encode(to: &writer)
        writer.write(featureSampling)
        writer.write(seed)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let growth = try Growth(from: &reader)
        let bins = Int(try reader.read(UInt16.self))
        let learningRate = try reader.readDouble()
        let maximumTrees = Int(try reader.read(UInt32.self))
        let stopAfter = Int(try reader.read(UInt32.self))
        let depth = Int(try reader.read(UInt8.self))
        let lambda = try reader.readDouble()
        let minimumChildHessian = try reader.readDouble()
        let minimumChildCount = Int(try reader.read(UInt32.self))
        let rowSampling = try RowSampling(from: &reader)
        let featureSampling = try reader.readDouble()
        let seed = try reader.read(UInt64.self)
        do {
            self = try TrainingSettings(
                growth: growth, bins: bins, learningRate: learningRate, maximumTrees: maximumTrees,
                stopAfter: stopAfter, depth: depth, lambda: lambda, minimumChildHessian: minimumChildHessian,
                minimumChildCount: minimumChildCount, rowSampling: rowSampling, featureSampling: featureSampling,
                seed: seed)
        } catch {
            throw .badValue("training settings (\(error))", offset: start)
        }
    }
}

extension Growth: ByteCodable {
    package func encode(to writer: inout ByteWriter) { writer.write(rawValue) }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        guard let growth = Growth(rawValue: try reader.read()) else { throw .badValue("growth", offset: start) }
        self = growth
    }
}
