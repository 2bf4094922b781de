package import Bytes
import Events
import InstanceFile
import Tables

extension FeatureRecipe: FieldCodable {
    package static let fields = FieldList(
        filling: Self.init, \.asOf, \.snapshots, \.warnings, \.windows, \.slots, \.numberPairs, \.categoryPairs,
        \.attributes, \.numberCount, \.categoryCount, \.goalConditions, \.isFeatureTable, \.dropsDuplicates,
        \.willOccur, \.outcomeWindow, \.sessionGap, \.referenceDate, \.dataStart, \.eligibility, \.rowChoice,
        \.features, \.excluded
    )
    // Each is a column of the instance's.
    .check("number of columns") { max($0.numberCount, $0.categoryCount) <= 1 << 16 }
    .check("number of goal conditions") { 1...Goal.conditionLimit ~= $0.goalConditions }
    .check("feature recipe", \.isConsistent)

    /// Whether every index of the recipe is within its array, so that whoever follows it need not look again.
    private var isConsistent: Bool {
        let limit = Int64(1) << 58
        let spans = [outcomeWindow, sessionGap, referenceDate, dataStart] + snapshots.map(\.asOf)
        guard snapshots.count <= 64, spans.allSatisfy({ (-limit...limit).contains($0) }),
            zip(windows, windows.dropFirst()).allSatisfy({ $0 < $1 }),
            slots.count <= 64, windows.allSatisfy({ (1...40_000).contains($0) }),
            numberPairs.allSatisfy({ $0.slot < slots.count && $0.field < numberCount }),
            categoryPairs.allSatisfy({ $0.slot < slots.count && $0.field < categoryCount }),
            isFeatureTable || !snapshots.isEmpty, !isFeatureTable || snapshots.count == 2
        else { return false }
        return features.allSatisfy { $0.kind == kind(of: $0.source) }
    }

    /// The kind of a feature made so; nil where an index is out of range.
    private func kind(of source: FeatureSource) -> FeatureDefinition.Kind? {
        func numeric(slot: Int, window: Int = 0) -> FeatureDefinition.Kind? {
            slot < slots.count && window <= windows.count ? .numeric : nil
        }
        switch source {
        case .count(let slot, let window), .activeDays(let slot, let window), .sessions(let slot, let window):
            return numeric(slot: slot, window: window)
        case .daysSinceLast(let slot), .daysUntilNext(let slot), .upcoming(let slot), .firstShare(let slot),
            .meanGap(let slot), .lastGap(let slot), .gapDeviation(let slot), .lateness(let slot):
            return numeric(slot: slot)
        case .trend(let slot, let recent, let both):
            return max(recent, both) < windows.count ? numeric(slot: slot) : nil
        case .sum(let pair, let window), .mean(let pair, let window), .maximum(let pair, let window):
            return pair < numberPairs.count && window <= windows.count ? .numeric : nil
        case .last(let pair), .sumPerSession(let pair):
            return pair < numberPairs.count ? .numeric : nil
        case .distinct(let pair, let window):
            return pair < categoryPairs.count && window <= windows.count ? .numeric : nil
        case .lastValue(let pair), .commonValue(let pair):
            return pair < categoryPairs.count ? .categorical : nil
        case .meanHour, .weekendShare, .modalWeekdayShare:
            return .numeric
        case .attribute(let index):
            guard index < attributes.count, attributes[index].attribute.kind != .date else { return nil }
            return attributes[index].attribute.kind == .text ? .categorical : .numeric
        case .daysSinceAttribute(let index), .daysUntilAttribute(let index):
            return index < attributes.count && attributes[index].attribute.kind == .date ? .numeric : nil
        }
    }
}

extension FeatureRecipe.Snapshot: FieldCodable {
    package static let fields = FieldList(Self.init, \.asOf, \.isLabelled)
}

extension FieldPair: FieldCodable {
    package static let fields = FieldList(Self.init, \.slot, \.field, \.name)
}

extension RecipeAttribute: FieldCodable {
    package static let fields = FieldList(Self.init, \.attribute, \.dataset, \.column)
}

extension EventSlot: FieldCodable {
    package static let fields = FieldList(Self.init, \.kind, \.name, \.code)
}

extension EventSlot.Kind: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .any: writer.write(0 as UInt8)
        case .type: writer.write(1 as UInt8)
        case .otherTypes: writer.write(2 as UInt8)
        case .customEvent(let index): writer.write(3 as UInt8, index)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .any
        case 1: self = .type
        case 2: self = .otherTypes
        case 3:
            let index = try reader.read(Int.self)
            // Behind the custom events those of the goal.
            guard index < InputPlan.maximumCustomEvents + Goal.conditionLimit else {
                throw .badValue("custom event \(index)", offset: reader.offset)
            }
            self = .customEvent(index)
        default: throw .badValue("slot kind", offset: reader.offset - 1)
        }
    }
}
