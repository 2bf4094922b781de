import Bytes
package import Events
package import Features
package import InstanceFile
import Readiness
package import Tables
package import TestSupport

/// An event as the tests' naive twins see it.
package struct Happening: Equatable {
    package var who: String
    package var kind: String
    package var time: Int64
    package var amount: Double?
    package var sku: String?

    package init(who: String, kind: String, time: Int64, amount: Double? = nil, sku: String? = nil) {
        self.who = who
        self.kind = kind
        self.time = time
        self.amount = amount
        self.sku = sku
    }
}

package let day = Timestamp.microsecondsPerDay
/// 2011-01-01, a Saturday.
package let worldStart = Timestamp(year: 2011, month: 1, day: 1).microseconds

/// A column of texts, coded in the order of first appearance.
package func texts(_ name: String, _ values: [String?]) -> Column {
    var codes: [String: Int32] = [:]
    var texts = TextValues(codes: [], dictionary: [])
    for value in values {
        guard let value else {
            texts.codes.append(-1)
            continue
        }
        if codes[value] == nil {
            codes[value] = Int32(texts.dictionary.count)
            texts.dictionary.append(value)
        }
        texts.codes.append(codes[value] ?? -1)
    }
    return Column(name: name, values: .texts(texts))
}

package func table(_ events: [Happening]) -> Table {
    Table(
        columns: [
            texts("who", events.map(\.who)), texts("kind", events.map(\.kind)),
            Column(name: "at", values: .timestamps(events.map(\.time))),
            Column(name: "amount", values: .numbers(events.map { $0.amount ?? .nan })),
            texts("sku", events.map(\.sku)),
        ], rowCount: events.count)
}

/// Who will buy in the thirty days to come?
package func shop(
    asOf: Int64?, goal: Goal = Goal(condition: .event("buy"), within: Days(30)),
    eligible: Eligibility = Eligibility(), exclude: Condition? = nil, duplicates: EventSource.Duplicates = .drop,
    type: EventTypeSource = .column("kind"), customEvents: [CustomEvent] = []
) -> Instance {
    let dataset = EventDataset(
        paths: ["events"], identity: "who", timestamp: TimestampColumn(column: "at"), type: type,
        numbers: [NumberField(name: "amount", columns: ["amount"])], categories: ["sku"])
    return Instance(
        name: "Shop", propensity: .conversion,
        source: .events(
            EventSource(
                datasets: [dataset], goal: goal, eligible: eligible, customEvents: customEvents, exclude: exclude,
                duplicates: duplicates)),
        asOf: asOf.map(Timestamp.init(microseconds:)))
}

/// Events that were ingested: the account of them, and each shard's blocks.
package struct Ingested {
    package let instance: Instance
    package let plan: InputPlan
    package private(set) var summary: IngestSummary
    package private(set) var blocks: [[[UInt8]]]

    /// From memory: each list of events is one split of the instance's only dataset, read in batches of `batch` rows.
    package init(_ instance: Instance, _ splits: [[Happening]], batch: Int = .max, bufferLimit: Int = 1 << 26) throws {
        let schema = Schema(
            fields: [
                Field(name: "who", kind: .text), Field(name: "kind", kind: .text), Field(name: "at", kind: .timestamp),
                Field(name: "amount", kind: .number), Field(name: "sku", kind: .text),
            ])
        let file = SurveyedFile(path: "events", schema: schema, rowGroups: [], byteCount: 0)
        let plan = try InputPlan(instance: instance, files: [[file]])
        self.init(instance, plan)
        var ingester = EventIngester(instance: instance, plan: plan)
        ingester.bufferLimit = bufferLimit
        for events in splits {
            var rest = events[...]
            let next = { () -> Table? in
                let rows = rest.prefix(batch)
                rest = rest.dropFirst(batch)
                return rows.isEmpty ? nil : table(Array(rows))
            }
            var blocks = blocks
            let summary = try ingester.ingest(plan.splits[0], next: next, { _ in }) { blocks[$0].append($1) }
            self.blocks = blocks
            self.summary.merge(summary)
        }
    }

    /// From the files that the instance names.
    package init(files instance: Instance) throws {
        let plan = try InputPlan(surveying: instance)
        self.init(instance, plan)
        for split in plan.splits {
            var blocks = blocks
            let summary = try EventIngester(instance: instance, plan: plan).ingest(split) { blocks[$0].append($1) }
            self.blocks = blocks
            self.summary.merge(summary)
        }
    }

    private init(_ instance: Instance, _ plan: InputPlan) {
        self.instance = instance
        self.plan = plan
        summary = IngestSummary(instance: instance, plan: plan)
        blocks = Array(repeating: [], count: plan.shardCount)
    }

    package func recipe(_ settings: FeatureSettings = FeatureSettings()) throws(ReadinessError) -> FeatureRecipe {
        try FeatureRecipe.make(instance: instance, plan: plan, ingested: summary, settings: settings)
    }

    package func rows(_ recipe: FeatureRecipe) throws -> Rows {
        try Rows(try blocks.map { try Assembler(recipe: recipe).assemble(blocks: $0) }, recipe)
    }
}

/// The assembled rows of all shards, found by profile and snapshot.
package struct Rows {
    package struct Key: Hashable {
        package var who: String
        package var snapshot: Int64
        /// The scoring snapshot and a labelled one may be at one moment.
        package var isLabelled: Bool

        package init(who: String, snapshot: Int64, isLabelled: Bool) {
            self.who = who
            self.snapshot = snapshot
            self.isLabelled = isLabelled
        }
    }

    package struct Row: Equatable {
        package var label: UInt8
        /// By the feature's code; numbers by their bits, so that missing ones are equal.
        package var features: [String: Value]

        package init(label: UInt8, features: [String: Value]) {
            self.label = label
            self.features = features
        }
    }

    package enum Value: Equatable {
        case number(Float)
        case text(String)
        case missing
    }

    package var rows: [Key: Row] = [:]
    package var summary: AssembleSummary
    /// By profile of each shard.
    package var identities: [[String]]

    package init(_ shards: [AssembledShard], _ recipe: FeatureRecipe) throws {
        summary = AssembleSummary(recipe: recipe)
        identities = shards.map(\.identities)
        for shard in shards {
            summary.merge(shard.summary)
            for row in shard.rowProfile.indices {
                let snapshot = recipe.snapshots[Int(shard.rowSnapshot[row])]
                let key = Key(
                    who: shard.identities[Int(shard.rowProfile[row])], snapshot: snapshot.asOf,
                    isLabelled: snapshot.isLabelled)
                var features: [String: Value] = [:]
                for (feature, column) in zip(recipe.features, shard.columns) {
                    features[feature.code] =
                        switch column {
                        case .numeric(let values): values[row].isNaN ? .missing : .number(values[row])
                        case .categorical(let codes, let dictionary):
                            codes[row] < 0 ? .missing : .text(dictionary[Int(codes[row])])
                        }
                }
                rows[key] = Row(label: shard.rowLabel.outcomes[row], features: features)
            }
        }
    }

    package func features(of snapshot: Int64, isLabelled: Bool) -> [String: [String: Value]] {
        var found: [String: [String: Value]] = [:]
        for (key, row) in rows where key.snapshot == snapshot && key.isLabelled == isLabelled {
            found[key.who] = row.features
        }
        return found
    }
}

extension SplitMix {
    /// A profile's event at some second of the days `days` of the world. Amounts are exact in binary.
    package mutating func happening(_ days: Range<Int>, profiles: Int, kinds: [String]) -> Happening {
        let second = Int64(days.lowerBound * 86_400 + below(days.count * 86_400))
        return Happening(
            who: "p\(below(profiles))", kind: kinds[below(kinds.count)], time: worldStart + second * 1_000_000,
            amount: oneIn(4) ? nil : Double(below(400)) / 4, sku: oneIn(5) ? nil : "s\(below(6))")
    }

    /// Some busy and some quiet profiles; no two events of one of them at the same moment.
    package mutating func happenings(
        _ count: Int, days: Range<Int>, profiles: Int, kinds: [String] = ["view", "buy", "call", "rare"]
    ) -> [Happening] {
        var seen: Set<String> = []
        var events: [Happening] = []
        while events.count < count {
            // Squared, so that the first profiles are the busiest.
            var event = happening(days, profiles: profiles, kinds: kinds)
            let share = unit()
            event.who = "p\(Int(share * share * Double(profiles)))"
            // Sessions: often shortly after another event.
            if let last = events.last, oneIn(2) {
                event.who = last.who
                event.time = min(
                    last.time + Int64(below(3600)) * 1_000_000, worldStart + Int64(days.upperBound) * day - 1)
            }
            if seen.insert("\(event.who) \(event.time)").inserted { events.append(event) }
        }
        return events
    }
}
