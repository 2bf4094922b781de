package import Bytes

/// The shape in which trees grow.
package enum Growth: UInt8, Sendable, Equatable, CaseIterable {
    /// One split a level, shared by all its nodes (CatBoost's shape): strong on small customer tables, cheap to explain.
    case symmetric
    /// Each node its own split, level by level: stronger where features interact much.
    case depthwise
}

/// How the trees are trained: hyper-parameters of which each is in its range, and what those that leave a choice came to.
/// Validated once, immutable after.
package struct TrainingSettings: Sendable, Equatable {
    package let objective: Objective
    /// What `growth` came to.
    package let growth: Growth
    /// What `row_sampling` came to.
    package let rowSampling: RowSampling
    private let parameters: HyperParameters
    // Read in loops.
    /// The most splits between root and leaf.
    package let depth: Int
    /// What each tree's leaves are multiplied by.
    package let learningRate: Double

    /// - Throws: `TrainingSettingsError` for the first that is out of its range.
    package init(
        _ parameters: HyperParameters, objective: Objective = .logLoss, growth: Growth, rowSampling: RowSampling
    ) throws(TrainingSettingsError) {
        // Which choice led to these two is nothing that training depends on.
        var parameters = parameters
        parameters[HyperParameters.kind] = .trees
        parameters[HyperParameters.growth] = .auto
        parameters[HyperParameters.rowSampling] = .auto
        parameters[HyperParameters.tune] = false
        parameters[HyperParameters.trainingRows] = HyperParameters.trainingRows.standard
        try parameters.check()
        guard rowSampling.isPossible else {
            throw .outOfRange(name: "row_sampling", value: "\(rowSampling)", allowed: "above 0, at most 1")
        }
        guard rowSampling != .gradient || objective.isSampledByGradient else {
            throw .outOfRange(
                name: "row_sampling", value: "gradient",
                allowed: "auto, or above 0, at most 1, with the objective \(objective.rawValue)")
        }
        self.objective = objective
        self.growth = growth
        self.rowSampling = rowSampling
        self.parameters = parameters
        depth = parameters[HyperParameters.depth]
        learningRate = parameters[HyperParameters.learningRate]
    }

    /// The value of a hyper-parameter that leaves no choice.
    package subscript<Value>(_ parameter: HyperParameter<Value>) -> Value { parameters[parameter] }

    /// The same, but for one of them.
    ///
    /// - Throws: where the value is out of its range.
    package func with<Value>(
        _ parameter: HyperParameter<Value>, _ value: Value
    ) throws(TrainingSettingsError) -> TrainingSettings {
        var changed = parameters
        changed[parameter] = value
        return try TrainingSettings(changed, objective: objective, growth: growth, rowSampling: rowSampling)
    }
}

extension TrainingSettings {
    package var bins: Int { self[HyperParameters.bins] }
    package var maximumTrees: Int { self[HyperParameters.trees] }
    package var stopAfter: Int { self[HyperParameters.stopAfter] }
    /// In units of hessian.
    package var lambda: Double { self[HyperParameters.l2] }
    /// Rows times p(1 - p).
    package var minimumChildHessian: Double { self[HyperParameters.minimumChildHessian] }
    package var minimumChildCount: Int { self[HyperParameters.minimumChildCount] }
    package var featureSampling: Double { self[HyperParameters.featureSampling] }
    package var seed: UInt64 { UInt64(clamping: self[HyperParameters.seed]) }

    /// - Throws: `TrainingSettingsError` for the first setting that is out of range.
    package init(
        objective: Objective = .logLoss, growth: Growth = .symmetric, bins: Int = HyperParameters.bins.standard,
        learningRate: Double = HyperParameters.learningRate.standard,
        maximumTrees: Int = HyperParameters.trees.standard, stopAfter: Int = HyperParameters.stopAfter.standard,
        depth: Int = HyperParameters.depth.standard, lambda: Double = HyperParameters.l2.standard,
        minimumChildHessian: Double = HyperParameters.minimumChildHessian.standard,
        minimumChildCount: Int = HyperParameters.minimumChildCount.standard, rowSampling: RowSampling = .uniform(1),
        featureSampling: Double = HyperParameters.featureSampling.standard,
        seed: UInt64 = UInt64(HyperParameters.seed.standard)
    ) throws(TrainingSettingsError) {
        var parameters = HyperParameters()
        parameters[HyperParameters.bins] = bins
        parameters[HyperParameters.learningRate] = learningRate
        parameters[HyperParameters.trees] = maximumTrees
        parameters[HyperParameters.stopAfter] = stopAfter
        parameters[HyperParameters.depth] = depth
        parameters[HyperParameters.l2] = lambda
        parameters[HyperParameters.minimumChildHessian] = minimumChildHessian
        parameters[HyperParameters.minimumChildCount] = minimumChildCount
        parameters[HyperParameters.featureSampling] = featureSampling
        parameters[HyperParameters.seed] = Int(clamping: seed)
        try self.init(parameters, objective: objective, growth: growth, rowSampling: rowSampling)
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

/// In the table's order: each in the fewest bytes that hold its range.
extension TrainingSettings: ByteCodable {
    /// What has been chosen by them is known elsewhere.
    private static let choices = [
        HyperParameters.kind.outline, HyperParameters.tune.outline, HyperParameters.trainingRows.outline,
    ].map(\.name)

    /// How many hyper-parameters are written.
    static let writtenCount = HyperParameters.table.count - choices.count

    package func encode(to writer: inout ByteWriter) {
        for each in HyperParameters.table {
            switch (each.name, parameters[each]) {
            case _ where Self.choices.contains(each.name): break
            case (HyperParameters.growth.outline.name, _):
                Shape(objective: objective, growth: growth).encode(to: &writer)
            case (HyperParameters.rowSampling.outline.name, _): rowSampling.encode(to: &writer)
            case (_, .integer(let value)):
                switch each.domain.largestInteger {
                case ...0xFF: writer.write(UInt8(value))
                case ...0xFFFF: writer.write(UInt16(value))
                case ...0xFFFF_FFFF: writer.write(UInt32(value))
                default: writer.write(UInt64(value))
                }
            case (_, .number(let value)): writer.write(value)
            case (_, .truth(let value)): writer.write(value)
            case (_, .text(let value)): writer.write(value)
            }
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        var (shape, rowSampling) = (Shape(objective: .logLoss, growth: .symmetric), RowSampling.uniform(1))
        var parameters = HyperParameters()
        for each in HyperParameters.table {
            switch (each.name, each.standard) {
            case _ where Self.choices.contains(each.name): break
            case (HyperParameters.growth.outline.name, _): shape = try Shape(from: &reader)
            case (HyperParameters.rowSampling.outline.name, _): rowSampling = try RowSampling(from: &reader)
            case (_, .integer):
                let value: UInt64 =
                    switch each.domain.largestInteger {
                    case ...0xFF: UInt64(try reader.read(UInt8.self))
                    case ...0xFFFF: UInt64(try reader.read(UInt16.self))
                    case ...0xFFFF_FFFF: UInt64(try reader.read(UInt32.self))
                    default: try reader.read(UInt64.self)
                    }
                parameters[each] = .integer(Int(clamping: value))
            case (_, .number): parameters[each] = .number(try reader.read(Double.self))
            case (_, .truth): parameters[each] = .truth(try reader.read(Bool.self))
            case (_, .text): parameters[each] = .text(try reader.read(String.self))
            }
        }
        do throws(TrainingSettingsError) {
            try self.init(parameters, objective: shape.objective, growth: shape.growth, rowSampling: rowSampling)
        } catch {
            throw .badValue("training settings (\(error))", offset: start)
        }
    }
}

extension HyperParameterDomain {
    fileprivate var largestInteger: Int { if case .integer(let range) = self { range.upperBound } else { 0 } }
}

/// Objective and growth, which share a byte.
private struct Shape: ByteCodable {
    let objective: Objective
    let growth: Growth

    private static let growths = UInt8(16)

    init(objective: Objective, growth: Growth) {
        self.objective = objective
        self.growth = growth
    }

    func encode(to writer: inout ByteWriter) {
        let place = UInt8(Objective.allCases.firstIndex(of: objective) ?? 0)
        writer.write(place * Self.growths + growth.rawValue)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let (place, low) = try reader.read(UInt8.self).quotientAndRemainder(dividingBy: Self.growths)
        guard place < Objective.allCases.count, let growth = Growth(rawValue: low) else {
            throw .badValue("objective and growth", offset: start)
        }
        self.init(objective: Objective.allCases[Int(place)], growth: growth)
    }
}
