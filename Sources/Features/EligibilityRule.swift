package import Bytes
import Events
import InstanceFile
import Tables

/// A requirement of `Eligibility` as it is decided, event by event, from flags.
package struct EligibilityRule: Sendable, Equatable {
    /// What the events that count bear one of; 0: all events count.
    var flags: UInt64 = 0
    /// What the latest of them must bear; 0: their number decides.
    var latest: UInt64 = 0
    /// Microseconds before the snapshot in which they count; `ever` for all.
    var reach = Self.ever
    var atLeast = 1
    /// Whether the profile must have fewer of them.
    var isForbidden = false

    static let ever = Int64.max

    /// Whether the profile meets it that has these events, in the order of their times, up to the moment.
    ///
    /// Events of one moment count in their total order, so that of two the same is always the later.
    func isMet(by events: ShardEvents, _ seen: Range<Int>, asOf: Int64) -> Bool {
        var count = 0
        for event in seen.reversed() {
            if reach < Self.ever, events.time[event] <= asOf - reach { break }
            guard flags == 0 || events.flags[event] & flags != 0 else { continue }
            if latest != 0 { return events.flags[event] & latest != 0 }
            count += 1
            if count >= atLeast { return !isForbidden }
        }
        return latest == 0 && isForbidden
    }
}

extension Eligibility {
    /// All that must be met, apart from what is asked of attributes.
    var rules: [EligibilityRule] {
        let conditions = conditions
        func flag(_ condition: Condition?) -> UInt64 {
            condition.flatMap { conditions.firstIndex(of: $0) }.map(EventFlags.eligible) ?? 0
        }
        return requirements.map { requirement in
            EligibilityRule(
                flags: flag(requirement.condition), reach: requirement.inLast?.microseconds ?? EligibilityRule.ever,
                atLeast: requirement.atLeast, isForbidden: requirement.isForbidden)
        }
            + latest.map { latest in
                EligibilityRule(
                    flags: flag(Self.any(latest.of)), latest: flag(Self.any(latest.allowed)),
                    reach: latest.inLast?.microseconds ?? EligibilityRule.ever)
            }
    }
}

extension EligibilityRule: FieldCodable {
    package static let fields = FieldList(Self.init, \.flags, \.latest, \.reach, \.atLeast, \.isForbidden)
        .check("reach of a requirement") { $0.reach > 0 && ($0.reach == ever || $0.reach < 1 << 58) }
}

/// A shard's profiles as conditions on attributes see them.
struct AttributeScope: ConditionScope {
    let rowCount: Int
    private let columns: [String: Column]

    /// - Parameter identities: the rows; who has no attributes lacks them all.
    init(_ identities: [String], _ attributes: [RecipeAttribute], _ profiles: ShardAttributes, for condition: Condition)
    {
        rowCount = identities.count
        var columns: [String: Column] = [:]
        for path in condition.fieldPaths {
            guard let attribute = attributes.first(where: { $0.attribute.name == path }) else { continue }
            let values = identities.map { profiles.value(of: attribute, $0) }
            columns[path] = Self.column(path, values, attribute.attribute.gatheredKind)
        }
        self.columns = columns
    }

    private static func column(
        _ name: String, _ values: [ShardAttributes.Value], _ kind: PlannedAttribute.Kind
    ) -> Column {
        switch kind {
        case .number, .boolean:
            return Column(
                name: name, values: .numbers(values.map { if case .number(let value) = $0 { value } else { .nan } }))
        case .date:
            let moments = values.map { value -> Int64? in if case .date(let date) = value { date } else { nil } }
            return Column(name: name, values: .timestamps(moments.map { $0 ?? 0 }), valid: moments.map { $0 != nil })
        case .text:
            let texts = values.map { value -> String? in if case .text(let text) = value { text } else { nil } }
            let coded = EventBlock.Texts(coding: texts)
            return Column(
                name: name, values: .texts(TextValues(codes: coded.codes, dictionary: coded.dictionary)))
        }
    }

    func column(_ path: String) -> Column? { columns[path] }
    func rows(ofEvent name: String) -> [Bool] { Array(repeating: false, count: rowCount) }
    func rows(withFactor test: FactorTest) -> [Bool] { Array(repeating: false, count: rowCount) }
}
