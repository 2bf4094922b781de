package import Bytes
import Events
package import InstanceFile
import Tables

/// Why a shard's blocks cannot be assembled.
package enum AssembleError: Error, Sendable, Equatable, CustomStringConvertible {
    case badBlock(index: Int, ByteError)

    package var description: String {
        switch self {
        case .badBlock(let index, let error): "ingested block \(index) cannot be used: \(error)"
        }
    }
}

/// Turns one shard's ingested blocks into rows of features, one for each snapshot at which a profile is eligible.
///
/// Features see events at or before their snapshot, labels those of the outcome window after it, and nothing sees more.
/// The result does not depend on the order or the number of the blocks. Cost: sorting, then one look at each event for
/// each snapshot.
package struct Assembler: Sendable {
    private let recipe: FeatureRecipe
    private let attributes: Condition?

    /// - Parameter attributes: what the attributes of eligible profiles meet; nil: anything.
    package init(recipe: FeatureRecipe, eligible attributes: Condition? = nil) {
        self.recipe = recipe
        self.attributes = attributes
    }

    /// - Parameter datasets: each block's dataset, and how many there are in all, to tell what profiles they share; nil
    ///   where nobody asks.
    package func assemble(
        blocks: [[UInt8]], datasets: (ofBlock: [Int], count: Int)? = nil
    ) throws(AssembleError) -> AssembledShard {
        let (events, attributes, identities) = try Self.open(blocks)
        let profiles = ShardAttributes(attributes)
        var shard = AssembledShard(summary: AssembleSummary(recipe: recipe))
        shard.summary.replaced = profiles.replaced
        if let datasets {
            let attributeDatasets = Set(attributes.map(\.dataset))
            shard.summary.overlap = IdentityOverlap(
                zip(datasets.ofBlock, identities).map { (dataset: $0, identities: $1) }, datasetCount: datasets.count
            ) { recipe.isFeatureTable ? $0 == 0 : !attributeDatasets.contains($0) }
        }
        if recipe.isFeatureTable {
            assembleTable(profiles, &shard)
        } else {
            assembleEvents(ShardEvents(events, recipe: recipe), profiles, &shard)
        }
        shard.attributes = keptAttributes(profiles, shard)
        return shard
    }

    /// How many labelled rows there are of each kind, whichever of them the recipe chooses.
    package func labelCounts(blocks: [[UInt8]]) throws(AssembleError) -> LabelCounts {
        let (events, attributes, _) = try Self.open(blocks)
        let profiles = ShardAttributes(attributes)
        let rows =
            recipe.isFeatureTable ? tableRows(profiles) : eventRows(ShardEvents(events, recipe: recipe), profiles)
        var counts = LabelCounts()
        rows.forEachLabel { _, _, outcome, isHeldOut in counts.count(outcome: outcome, isHeldOut: isHeldOut) }
        return counts
    }

    private static func open(
        _ blocks: [[UInt8]]
    ) throws(AssembleError) -> (events: [EventBlock], attributes: [AttributeBlock], identities: [[String]]) {
        var events: [EventBlock] = []
        var identities: [[String]] = []
        var attributes: [AttributeBlock] = []
        for (index, bytes) in blocks.enumerated() {
            do throws(ByteError) {
                if AttributeBlock.isOne(bytes) {
                    let block: AttributeBlock = try Self.open(bytes, AttributeBlock.name, AttributeBlock.version)
                    attributes.append(block)
                    identities.append(block.identity)
                } else {
                    let block: EventBlock = try Self.open(bytes, EventBlock.name, EventBlock.version)
                    events.append(block)
                    identities.append(block.identity.dictionary)
                }
            } catch {
                throw .badBlock(index: index, error)
            }
        }
        return (events, attributes, identities)
    }

    /// Whether an ingested block is as it was written.
    package static func isWhole(block: [UInt8]) -> Bool {
        func opens(_ name: StaticString, _ version: UInt32) -> Bool {
            (try? ChecksummedEnvelope.open(block, name: name, version: version)) != nil
        }
        return opens(EventBlock.name, EventBlock.version) || opens(AttributeBlock.name, AttributeBlock.version)
    }

    package static func open<Block: ByteCodable>(
        _ bytes: [UInt8], _ name: StaticString, _ version: UInt32
    ) throws(ByteError) -> Block {
        var reader = try ChecksummedEnvelope.open(bytes, name: name, version: version)
        let block = try Block(from: &reader)
        try reader.finish()
        return block
    }

    // MARK: Rows

    /// All profiles at all snapshots at which they are eligible: by snapshot, then by identity.
    private struct Rows {
        /// In byte order; some have no row.
        var identities: [String]
        /// Index into `identities`.
        var identity: [Int] = []
        var snapshot: [UInt8] = []
        var label: LabelColumn
        /// Events at or before the snapshot; empty of a table.
        var seen: [Range<Int>] = []

        /// Calls `body` with every labelled row's number, the hash of its identity, its outcome (0 of a number), and whether
        /// its profile is held out.
        func forEachLabel(
            _ body: (_ row: Int, _ identityHash: UInt64, _ outcome: UInt8, _ isHeldOut: Bool) -> Void
        ) {
            let hashes = identities.map(Identity.hash)
            let isHeldOut = hashes.map { ShardMap.isValidation(identityHash: $0) }
            for (row, identity) in identity.enumerated() where label.isKnown(row) {
                body(row, hashes[identity], label.isPositive(row) ? 1 : 0, isHeldOut[identity])
            }
        }
    }

    /// Accounts for all rows, and gives those to the shard that are to be scored or chosen to learn from; their numbers.
    private func choose(_ rows: Rows, _ shard: inout AssembledShard) -> [Int] {
        var isChosen = [Bool](repeating: true, count: rows.identity.count)
        var labelled = [UInt64](repeating: 0, count: rows.identities.count)
        // A bit for each outcome.
        var outcomes = [UInt8](repeating: 0, count: rows.identities.count)
        rows.forEachLabel { row, hash, outcome, isHeldOut in
            shard.summary.labels.count(outcome: outcome, isHeldOut: isHeldOut)
            labelled[rows.identity[row]] |= 1 << UInt64(rows.snapshot[row])
            outcomes[rows.identity[row]] |= rows.label.kind == .outcomes ? 1 << outcome : 0
            let key = RowChoice.key(identityHash: hash, snapshot: Int(rows.snapshot[row]))
            isChosen[row] = recipe.rowChoice.takes(key, outcome: outcome, isHeldOut: isHeldOut)
            if isChosen[row] { shard.summary.chosen.count(outcome: outcome, isHeldOut: isHeldOut) }
        }
        var hasRow = [Bool](repeating: false, count: rows.identities.count)
        for (row, snapshot) in rows.snapshot.enumerated() {
            hasRow[rows.identity[row]] = true
            shard.summary.rows[Int(snapshot)] += 1
            if rows.label.isPositive(row) { shard.summary.positives[Int(snapshot)] += 1 }
        }
        shard.summary.profiles = hasRow.count { $0 }
        shard.summary.profilesWithout = outcomes.count { $0 & 1 != 0 }
        shard.summary.profilesWith = outcomes.count { $0 & 2 != 0 }
        for number in rows.label.numbers where number.isFinite { shard.summary.numbers.add(number) }

        let chosen = rows.identity.indices.filter { isChosen[$0] }
        var profileOf = [Int32](repeating: -1, count: rows.identities.count)
        for row in chosen { profileOf[rows.identity[row]] = 0 }
        for identity in rows.identities.indices where profileOf[identity] == 0 {
            profileOf[identity] = Int32(shard.identities.count)
            shard.identities.append(rows.identities[identity])
            shard.labelledSnapshots.append(labelled[identity])
        }
        shard.rowProfile = chosen.map { UInt32(profileOf[rows.identity[$0]]) }
        shard.rowSnapshot = chosen.map { rows.snapshot[$0] }
        shard.rowLabel = rows.label.picking(chosen)
        return chosen
    }

    // MARK: Events

    private func assembleEvents(_ events: ShardEvents, _ profiles: ShardAttributes, _ shard: inout AssembledShard) {
        shard.summary.events = events.time.count
        shard.summary.duplicates = events.duplicates
        for (index, identity) in events.identities.enumerated() {
            shard.summary.conspicuous.add(identity, rows: events.start[index + 1] - events.start[index])
        }
        let all = eventRows(events, profiles)
        let rows = choose(all, &shard)

        var tally = ActivityTally(recipe: recipe, dictionaries: events.dictionaries)
        let sources = recipe.features.map(\.source)
        let values = TalliedFeatures(recipe)
        // By feature, then by row.
        var numeric = [Float](repeating: 0, count: sources.count * rows.count)
        var codes = recipe.features.map { _ in [Int32]() }
        for (place, row) in rows.enumerated() {
            let asOf = recipe.snapshots[Int(all.snapshot[row])].asOf
            let (seen, identity) = (all.seen[row], all.identity[row])
            tally.tally(events, seen, asOf: asOf)
            let dataDays = Double(asOf - recipe.dataStart) / Double(Timestamp.microsecondsPerDay)
            values.fill(&numeric, tally, row: place, of: rows.count, asOf: asOf, dataDays: dataDays)
            for index in values.others {
                switch sources[index] {
                case .lastValue(let pair): codes[index].append(tally.categories[pair].lastCode)
                case .commonValue(let pair): codes[index].append(tally.categories[pair].commonCode)
                case .daysUntilNext(let slot):
                    let next = events.toCome(after: seen, of: identity, slot: slot, asOf: asOf).min()
                    numeric[index * rows.count + place] =
                        next.map { Float(Double($0 - asOf) / Double(Timestamp.microsecondsPerDay)) } ?? .nan
                case .upcoming(let slot):
                    numeric[index * rows.count + place] = Float(
                        events.toCome(after: seen, of: identity, slot: slot, asOf: asOf).count)
                default: break
                }
            }
        }
        for (index, feature) in recipe.features.enumerated() {
            switch feature.source {
            case .lastValue(let pair), .commonValue(let pair):
                shard.columns.append(
                    Self.categorical(codes[index], events.dictionaries[recipe.categoryPairs[pair].field]))
            case .attribute, .daysSinceAttribute, .daysUntilAttribute:
                shard.columns.append(attributeColumn(feature.source, profiles, shard))
            default:
                shard.columns.append(.numeric(Array(numeric[(index * rows.count)..<((index + 1) * rows.count)])))
            }
        }
    }

    private func eventRows(_ events: ShardEvents, _ profiles: ShardAttributes) -> Rows {
        var rows = Rows(identities: events.identities, label: LabelColumn(.outcomes))
        var labels: [UInt8] = []
        let isMeant = attributes.map { condition in
            condition.evaluate(
                in: AttributeScope(events.identities, recipe.attributes, profiles, for: condition))
        }
        for (index, snapshot) in recipe.snapshots.enumerated() {
            for identity in events.identities.indices where isMeant?[identity] ?? true {
                let all = events.start[identity]..<events.start[identity + 1]
                let end = Self.firstAfter(snapshot.asOf, events.time, all)
                let seen = all.lowerBound..<end
                guard !seen.isEmpty, recipe.eligibility.allSatisfy({ $0.isMet(by: events, seen, asOf: snapshot.asOf) })
                else { continue }
                rows.identity.append(identity)
                rows.snapshot.append(UInt8(index))
                rows.seen.append(seen)
                labels.append(
                    snapshot.isLabelled
                        ? label(events, end..<all.upperBound, snapshot.asOf) : LabelColumn.unknownOutcome)
            }
        }
        rows.label = LabelColumn(outcomes: labels)
        return rows
    }

    private func label(_ events: ShardEvents, _ later: Range<Int>, _ asOf: Int64) -> UInt8 {
        let all = EventFlags.goals(recipe.goalConditions)
        var met: UInt64 = 0
        for event in later {
            if events.time[event] > asOf + recipe.outcomeWindow { break }
            met |= events.flags[event] & all
            if met == all { return recipe.willOccur ? 1 : 0 }
        }
        return recipe.willOccur ? 0 : 1
    }

    /// The first index of `range` whose time is after `moment`.
    private static func firstAfter(_ moment: Int64, _ times: [Int64], _ range: Range<Int>) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Tables

    /// A ready feature table: everybody is scored, and those with a label are learned from too.
    private func assembleTable(_ profiles: ShardAttributes, _ shard: inout AssembledShard) {
        let rows = tableRows(profiles)
        for identity in rows.identities { shard.summary.conspicuous.add(identity, rows: 1) }
        _ = choose(rows, &shard)
        for feature in recipe.features {
            switch feature.source {
            case .attribute, .daysSinceAttribute, .daysUntilAttribute:
                shard.columns.append(attributeColumn(feature.source, profiles, shard))
            default: preconditionFailure("a feature table has no events")
            }
        }
    }

    private func tableRows(_ profiles: ShardAttributes) -> Rows {
        // The feature table is the first dataset.
        let identities = profiles.identities(of: 0)
        let labels = profiles.labels(of: identities, dataset: 0)
        let labelled = identities.indices.filter(labels.isKnown)
        var rows = Rows(identities: identities, label: LabelColumn(labels.kind))
        rows.identity = Array(identities.indices) + labelled
        rows.snapshot = identities.map { _ in 0 } + labelled.map { _ in 1 }
        for _ in identities { rows.label.appendUnknown() }
        for profile in labelled { rows.label.append(profile, of: labels) }
        return rows
    }

    private func attributeColumn(
        _ source: FeatureSource, _ profiles: ShardAttributes, _ shard: AssembledShard
    ) -> FeatureColumn {
        guard let index = source.attributeIndex else { preconditionFailure("a feature of events is no attribute") }
        let attribute = recipe.attributes[index]
        // Days are counted from the date, or towards it.
        let sign: Double = if case .daysUntilAttribute = source { -1 } else { 1 }
        let values = shard.identities.map { profiles.value(of: attribute, $0) }
        if attribute.attribute.kind == .text {
            let texts = Self.texts(values, of: shard.rowProfile)
            return .categorical(codes: texts.codes, dictionary: texts.dictionary)
        }
        if attribute.attribute.precision == .digits {
            let texts = Self.texts(values, of: shard.rowProfile)
            let numbers = numbersRead(in: texts.dictionary).map { $0.isFinite ? Float($0) : .nan }
            return .numeric(texts.codes.map { $0 < 0 ? .nan : numbers[Int($0)] })
        }
        return .numeric(
            zip(shard.rowProfile, shard.rowSnapshot).map { profile, snapshot in
                switch values[Int(profile)] {
                case .number(let number): Float(number)
                case .date(let date):
                    Float(
                        sign * Double(recipe.snapshots[Int(snapshot)].asOf - date)
                            / Double(Timestamp.microsecondsPerDay))
                case .missing, .text: .nan
                }
            })
    }

    /// The texts of some rows' profiles; the dictionary is in byte order.
    private static func texts(_ values: [ShardAttributes.Value], of rows: some Sequence<UInt32>) -> EventBlock.Texts {
        let texts = values.map { value -> String? in if case .text(let text) = value { text } else { nil } }
        let coded = EventBlock.Texts(coding: texts)
        return EventBlock.Texts(codes: rows.map { coded.codes[Int($0)] }, dictionary: coded.dictionary)
    }

    /// What is kept of the attributes besides features, of the scoring rows.
    private func keptAttributes(_ profiles: ShardAttributes, _ shard: AssembledShard) -> [AttributeBlock.Values] {
        let rows = shard.rowProfile.prefix(shard.rowSnapshot.count { $0 == 0 })
        return recipe.keptAttributes.map { index in
            let attribute = recipe.attributes[index]
            let values = shard.identities.map { profiles.value(of: attribute, $0) }
            if attribute.attribute.precision == .digits { return .texts(Self.texts(values, of: rows)) }
            return .numbers(
                rows.map { if case .number(let number) = values[Int($0)] { number } else { .nan } })
        }
    }

    /// Codes of a large dictionary by those of the values that occur.
    private static func categorical(_ codes: [Int32], _ dictionary: [String]) -> FeatureColumn {
        var isUsed = [Bool](repeating: false, count: dictionary.count)
        for code in codes where code >= 0 { isUsed[Int(code)] = true }
        var kept: [String] = []
        let new = isUsed.enumerated().map { index, used -> Int32 in
            guard used else { return -1 }
            kept.append(dictionary[index])
            return Int32(kept.count - 1)
        }
        return .categorical(codes: codes.map { $0 < 0 ? -1 : new[Int($0)] }, dictionary: kept)
    }
}
