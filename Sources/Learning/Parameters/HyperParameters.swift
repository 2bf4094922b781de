/// The hyper-parameters of a model, each as the user chose it or as it is by default.
package struct HyperParameters: Sendable, Equatable {
    /// By name; those that are as by default are not in it.
    private var chosen: [String: HyperValue] = [:]

    package init() {}

    package subscript<Value>(_ parameter: HyperParameter<Value>) -> Value {
        get { chosen[parameter.outline.name].flatMap { Value($0) } ?? parameter.standard }
        set { self[parameter.outline] = newValue.hyperValue }
    }

    package subscript(_ outline: HyperParameterOutline) -> HyperValue {
        get { chosen[outline.name] ?? outline.standard }
        set { chosen[outline.name] = newValue == outline.standard ? nil : newValue }
    }

    /// - Throws: `TrainingSettingsError` for the first, in the table's order, that is out of its range.
    func check() throws(TrainingSettingsError) {
        for each in Self.table where !each.domain.contains(self[each]) {
            throw .outOfRange(name: each.name, value: "\(self[each])", allowed: each.domain.allowed)
        }
    }
}

/// The table: whoever adds a hyper-parameter adds it here, and reads it where it matters.
extension HyperParameters {
    package static let table: [HyperParameterOutline] = [
        kind.outline, growth.outline, bins.outline, learningRate.outline, trees.outline, stopAfter.outline,
        depth.outline, l2.outline, minimumChildHessian.outline, minimumChildCount.outline, trainingRows.outline,
        rowSampling.outline, featureSampling.outline, tune.outline, seed.outline,
    ]

    package static let kind = HyperParameter(
        "kind", .choice(ModelKind.allCases.map(\.rawValue)), default: ModelKind.trees,
        "the kind of model: trees, beside which a logistic regression is shown, or logistic, that alone")
    package static let growth = HyperParameter(
        "growth", .choice(GrowthChoice.allCases.map(\.rawValue)), default: GrowthChoice.auto,
        "how trees grow: auto tries both others")
    package static let bins = HyperParameter("bins", .integer(2...256), default: 64, "bins a feature")
    package static let learningRate = HyperParameter(
        "learning_rate", .share, default: 0.1, "the share of each tree that counts")
    package static let trees = HyperParameter("trees", .integer(1...100_000), default: 1000, "the most trees")
    package static let stopAfter = HyperParameter(
        "stop_after", .integer(1...100_000), default: 50, "trees without improvement after which training stops")
    package static let depth = HyperParameter(
        "depth", .integer(1...Tree.maximumDepth), default: 6, "the levels of a tree")
    package static let l2 = HyperParameter(
        "l2", .number(0...1e6), default: 1.0, "how much leaves are drawn towards 0, in units of hessian")
    package static let minimumChildHessian = HyperParameter(
        "minimum_child_hessian", .number(0...1e9), default: 1.0,
        "the least of rows times p(1 - p) on each side of a split")
    package static let minimumChildCount = HyperParameter(
        "minimum_child_count", .integer(1...1_000_000_000), default: 1,
        "the least rows on each side of a split, of those drawn, estimated from their hessian sums")
    package static let trainingRows = HyperParameter(
        "training_rows", .integerOrChoice(1000...1_000_000_000_000, ["all"]),
        default: TrainingRowsChoice.atMost(2_000_000),
        """
        the most rows that a model learns from, each a profile at a date: of more, those with the rarer outcome are kept \
        first, up to half, and weights keep probabilities what they are; all leaves none out
        """)
    package static let rowSampling = HyperParameter(
        "row_sampling", .shareOrChoice(["auto", "gradient"]), default: RowSamplingChoice.auto,
        """
        the rows that each tree learns from: a share of them; gradient, which draws those whose outcome is as expected more \
        rarely; auto, which is gradient from 500 000 rows on, unless minimum_child_count is set, and else all
        """)
    package static let featureSampling = HyperParameter(
        "feature_sampling", .share, default: 1.0, "the share of features that each tree may split")
    package static let tune = HyperParameter(
        "tune", .truth, default: false,
        "whether smaller trees, stronger l2 and half the learning rate are tried too")
    package static let seed = HyperParameter(
        "seed", .integer(0 ... .max), default: 1, "what random choices derive from")
}

/// The kind of model.
package enum ModelKind: String, Sendable, CaseIterable, HyperParameterValue { case trees, logistic }

/// The shapes of trees that are tried.
package enum GrowthChoice: String, Sendable, CaseIterable, HyperParameterValue {
    case auto, symmetric, depthwise

    package var growths: [Growth] {
        switch self {
        case .auto: [.symmetric, .depthwise]
        case .symmetric: [.symmetric]
        case .depthwise: [.depthwise]
        }
    }
}

/// How many of the rows a model learns from.
package enum TrainingRowsChoice: Sendable, Equatable, HyperParameterValue {
    case all
    case atMost(Int)

    package var limit: Int? { if case .atMost(let limit) = self { limit } else { nil } }

    package var hyperValue: HyperValue {
        switch self {
        case .all: .text("all")
        case .atMost(let limit): .integer(limit)
        }
    }

    package init?(_ value: HyperValue) {
        switch value {
        case .text("all"): self = .all
        case .integer(let limit): self = .atMost(limit)
        default: return nil
        }
    }
}

/// Which of the rows each tree learns from.
package enum RowSamplingChoice: Sendable, Equatable, HyperParameterValue {
    /// All, or by gradient where they are many.
    case auto
    case gradient
    /// Any, with this probability: over 0 to 1.
    case share(Double)

    package var hyperValue: HyperValue {
        switch self {
        case .auto: .text("auto")
        case .gradient: .text("gradient")
        case .share(let share): .number(share)
        }
    }

    package init?(_ value: HyperValue) {
        switch value {
        case .text("auto"): self = .auto
        case .text("gradient"): self = .gradient
        case .number(let share): self = .share(share)
        default: return nil
        }
    }
}

extension HyperParameters: Codable {
    /// A name as a property is called, for the coders of the run's files turn those into names with underscores and back.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        init(_ name: String) {
            let words = name.split(separator: "_")
            stringValue = words.prefix(1).joined() + words.dropFirst().map(\.capitalizedFirst).joined()
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for each in Self.table { try container.encode(self[each], forKey: Key(each.name)) }
    }

    /// What is not there, as in a file of an earlier version, or cannot be, is as by default.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for each in Self.table {
            guard let value = try container.decodeIfPresent(HyperValue.self, forKey: Key(each.name)) else { continue }
            // JSON has one kind of number.
            let read: HyperValue =
                switch (each.standard, value) {
                case (.number, .integer(let number)): .number(Double(number))
                default: value
                }
            if each.domain.contains(read) { self[each] = read }
        }
    }
}

extension Substring {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension HyperValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .truth(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .truth(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        }
    }
}
