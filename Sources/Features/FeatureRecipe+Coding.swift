package import Bytes
import Events
import InstanceFile
import Tables

extension FeatureRecipe: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(optional: asOf) { $0.write($1.microseconds) }
        writer.write(each: snapshots) {
            $0.write($1.asOf)
            $0.write($1.isLabelled)
        }
        writer.write(texts: warnings)
        writer.write(array: windows.map { UInt32($0) })
        writer.write(each: slots) { $1.encode(to: &$0) }
        for pairs in [numberPairs, categoryPairs] {
            writer.write(each: pairs) {
                $0.write(UInt32($1.slot))
                $0.write(UInt32($1.field))
                $0.write($1.name)
            }
        }
        writer.write(each: attributes) {
            $1.attribute.encode(to: &$0)
            $0.write(UInt32($1.dataset))
            $0.write(UInt32($1.column))
        }
        writer.write(UInt32(numberCount))
        writer.write(UInt32(categoryCount))
        writer.write(UInt8(goalConditions))
        for flag in [isFeatureTable, dropsDuplicates, willOccur] { writer.write(flag) }
        for span in [outcomeWindow, sessionGap, referenceDate, dataStart] { writer.write(span) }
        writer.write(each: eligibility) { $1.encode(to: &$0) }
        writer.write(each: features) { $1.encode(to: &$0) }
        writer.write(array: excluded.map { UInt32($0) })
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        asOf = try reader.readOptional { reader throws(ByteError) in Timestamp(microseconds: try reader.read()) }
        snapshots = try reader.readEach { reader throws(ByteError) in
            Snapshot(asOf: try reader.read(), isLabelled: try reader.readBool())
        }
        warnings = try reader.readTexts()
        windows = try reader.readArray(of: UInt32.self).map { Int($0) }
        slots = try reader.readEach { reader throws(ByteError) in try EventSlot(from: &reader) }
        func pairs(_ reader: inout ByteReader) throws(ByteError) -> [FieldPair] {
            try reader.readEach { reader throws(ByteError) in
                FieldPair(
                    slot: Int(try reader.read(UInt32.self)), field: Int(try reader.read(UInt32.self)),
                    name: try reader.readText())
            }
        }
        numberPairs = try pairs(&reader)
        categoryPairs = try pairs(&reader)
        attributes = try reader.readEach { reader throws(ByteError) in
            RecipeAttribute(
                attribute: try PlannedAttribute(from: &reader), dataset: Int(try reader.read(UInt32.self)),
                column: Int(try reader.read(UInt32.self)))
        }
        numberCount = Int(try reader.read(UInt32.self))
        categoryCount = Int(try reader.read(UInt32.self))
        goalConditions = Int(try reader.read(UInt8.self))
        // Each is a column of the instance's.
        guard max(numberCount, categoryCount) <= 1 << 16 else {
            throw .badValue("number of columns", offset: reader.offset)
        }
        guard 1...Goal.conditionLimit ~= goalConditions else {
            throw .badValue("number of goal conditions", offset: reader.offset)
        }
        isFeatureTable = try reader.readBool()
        dropsDuplicates = try reader.readBool()
        willOccur = try reader.readBool()
        outcomeWindow = try reader.read()
        sessionGap = try reader.read()
        referenceDate = try reader.read()
        dataStart = try reader.read()
        eligibility = try reader.readEach { reader throws(ByteError) in try EligibilityRule(from: &reader) }
        features = try reader.readEach { reader throws(ByteError) in try FeatureDefinition(from: &reader) }
        excluded = try reader.readArray(of: UInt32.self).map { Int($0) }
        guard isConsistent else { throw .badValue("feature recipe", offset: reader.offset) }
    }

    /// Whether every index of the recipe is within its array, so that whoever follows it need not look again.
    private var isConsistent: Bool {
        let limit = Int64(1) << 58
        let spans = [outcomeWindow, sessionGap, referenceDate, dataStart] + snapshots.map(\.asOf)
        guard snapshots.count <= 255, spans.allSatisfy({ (-limit...limit).contains($0) }),
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

extension EventSlot: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch kind {
        case .any: writer.write(UInt8(0))
        case .type: writer.write(UInt8(1))
        case .otherTypes: writer.write(UInt8(2))
        case .customEvent(let index):
            writer.write(UInt8(3))
            writer.write(UInt32(index))
        }
        writer.write(name)
        writer.write(code)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: kind = .any
        case 1: kind = .type
        case 2: kind = .otherTypes
        case 3:
            let index = Int(try reader.read(UInt32.self))
            // Behind the custom events those of the goal.
            guard index < InputPlan.maximumCustomEvents + Goal.conditionLimit else {
                throw .badValue("custom event \(index)", offset: reader.offset)
            }
            kind = .customEvent(index)
        default: throw .badValue("slot kind", offset: reader.offset - 1)
        }
        name = try reader.readText()
        code = try reader.readText()
    }
}
