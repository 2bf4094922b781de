import Bytes
import Events
import InstanceFile

/// One shard's events in their total order: by identity, then time, then content. The blocks' order does not matter.
struct ShardEvents {
    /// In byte order.
    private(set) var identities: [String] = []
    /// Events of identity `i` are `start[i] ..< start[i + 1]`.
    private(set) var start: [Int] = [0]
    private(set) var time: [Int64] = []
    /// When each event was known; empty where all were known when they happened.
    private(set) var known: [Int64] = []
    private(set) var flags: [UInt64] = []
    /// A bit for each slot that the event is in.
    private(set) var slots: [UInt64] = []
    /// Of number `i` of the plan from `i * time.count` on; NaN is missing.
    private(set) var numbers: [Double] = []
    /// By category of the plan: codes into `dictionaries`, -1 is missing.
    private(set) var categories: [[Int32]]
    /// By category: where each event's codes end; empty where every event has one code.
    private(set) var categoryEnds: [[Int32]]
    /// By category: in byte order, so that codes compare as texts do.
    private(set) var dictionaries: [[String]]
    private(set) var duplicates = 0

    init(_ blocks: [EventBlock], recipe: FeatureRecipe) {
        let identity = Merged(blocks.map(\.identity.dictionary))
        let type = Merged(blocks.map(\.type.dictionary))
        let values = (0..<recipe.categoryCount).map { field in
            Merged(blocks.map { field < $0.categories.count ? $0.categories[field].texts.dictionary : [] })
        }
        identities = identity.texts
        dictionaries = values.map(\.texts)
        categories = Array(repeating: [], count: recipe.categoryCount)
        categoryEnds = categories
        let rows = Rows(blocks, identity, type, values, recipe)
        let order = rows.order(identityCount: identities.count)
        take(rows, order, recipe, Self.slots(ofTypes: type.texts, recipe))
    }

    /// The distinct texts of several dictionaries, in byte order, and where each dictionary's are among them.
    private struct Merged {
        var texts: [String]
        /// By dictionary, by its own codes.
        var codes: [[Int32]]

        init(_ dictionaries: [[String]]) {
            var found = TextCodes()
            let codes = dictionaries.map { found.codes(of: $0) }
            let order = found.texts.indices.sorted { CanonicalText.precedes(found.texts[$0], found.texts[$1]) }
            var places = [Int32](repeating: 0, count: order.count)
            for (place, code) in order.enumerated() { places[code] = Int32(place) }
            texts = order.map { found.texts[$0] }
            self.codes = codes.map { $0.map { places[Int($0)] } }
        }

        /// Codes of a dictionary as codes of all.
        func recoded(_ codes: [Int32], of dictionary: Int) -> [Int32] {
            let new = self.codes[dictionary]
            return codes.map { $0 < 0 ? -1 : new[Int($0)] }
        }
    }

    /// The slots of each type, apart from those of custom events.
    private static func slots(ofTypes types: [String], _ recipe: FeatureRecipe) -> [UInt64] {
        types.map { set in
            let names = TypeSet.names(in: set)
            let own = names.map { name in recipe.slots.firstIndex { $0.kind == .type && $0.name == name } }
            var bits: UInt64 = 0
            for (index, slot) in recipe.slots.enumerated() {
                switch slot.kind {
                case .any: bits |= 1 << UInt64(index)
                case .type: if own.contains(index) { bits |= 1 << UInt64(index) }
                case .otherTypes: if own.contains(nil) { bits |= 1 << UInt64(index) }
                case .customEvent: break
                }
            }
            return bits
        }
    }

    /// The blocks' rows side by side, their texts coded by the shard's dictionaries.
    private struct Rows {
        var identity: [Int32] = []
        var type: [Int32] = []
        var time: [Int64] = []
        var known: [Int64] = []
        var flags: [UInt64] = []
        var hash: [UInt64] = []
        var numbers: [[Double]]
        var categories: [EventBlock.Values]

        init(
            _ blocks: [EventBlock], _ identities: Merged, _ types: Merged, _ values: [Merged], _ recipe: FeatureRecipe
        ) {
            numbers = Array(repeating: [], count: recipe.numberCount)
            categories = Array(repeating: EventBlock.Values(), count: recipe.categoryCount)
            // Where one block has lists, all of them are read as such.
            let areLists = categories.indices.map { field in
                blocks.contains { field < $0.categories.count && !$0.categories[field].ends.isEmpty }
            }
            let hasKnown = blocks.contains { !$0.known.isEmpty }
            let count = blocks.reduce(0) { $0 + $1.rowCount }
            identity.reserveCapacity(count)
            type.reserveCapacity(count)
            time.reserveCapacity(count)
            flags.reserveCapacity(count)
            hash.reserveCapacity(count)
            for field in numbers.indices { numbers[field].reserveCapacity(count) }
            for (index, block) in blocks.enumerated() {
                identity += identities.recoded(block.identity.codes, of: index)
                type += types.recoded(block.type.codes, of: index)
                time += block.time
                if hasKnown { known += block.known.isEmpty ? block.time : block.known }
                flags += block.flags
                hash += block.hash
                for field in numbers.indices {
                    let own = field < block.numbers.count ? block.numbers[field] : []
                    numbers[field] += own.isEmpty ? Array(repeating: .nan, count: block.rowCount) : own
                }
                for field in categories.indices {
                    let own = field < block.categories.count ? block.categories[field] : EventBlock.Values()
                    let codes =
                        own.rowCount == 0
                        ? Array(repeating: -1, count: block.rowCount)
                        : values[field].recoded(own.texts.codes, of: index)
                    let before = Int32(categories[field].texts.codes.count)
                    categories[field].texts.codes += codes
                    guard areLists[field] else { continue }
                    let ends = own.ends.isEmpty ? (0..<Int32(block.rowCount)).map { $0 + 1 } : own.ends
                    categories[field].ends += ends.map { before + $0 }
                }
            }
        }

        /// Row numbers in the total order. Rows that compare equal are equal in all that is used of them.
        func order(identityCount: Int) -> [Int32] {
            var ends = [Int](repeating: 0, count: identityCount + 1)
            for code in identity { ends[Int(code) + 1] += 1 }
            for index in 0..<identityCount { ends[index + 1] += ends[index] }
            var order = [Int32](repeating: 0, count: identity.count)
            var next = ends
            for (row, code) in identity.enumerated() {
                order[next[Int(code)]] = Int32(row)
                next[Int(code)] += 1
            }
            for index in 0..<identityCount where ends[index + 1] - ends[index] > 1 {
                order[ends[index]..<ends[index + 1]].sort { a, b in precedes(Int(a), Int(b)) }
            }
            return order
        }

        private func precedes(_ a: Int, _ b: Int) -> Bool {
            if time[a] != time[b] { return time[a] < time[b] }
            if !known.isEmpty, known[a] != known[b] { return known[a] < known[b] }
            if hash[a] != hash[b] { return hash[a] < hash[b] }
            if type[a] != type[b] { return type[a] < type[b] }
            return flags[a] < flags[b]
        }

        func isDuplicate(_ a: Int, of b: Int) -> Bool {
            identity[a] == identity[b] && time[a] == time[b] && hash[a] == hash[b] && type[a] == type[b]
        }
    }

    private mutating func take(_ rows: Rows, _ order: [Int32], _ recipe: FeatureRecipe, _ slotsOfType: [UInt64]) {
        let customSlots = recipe.slots.enumerated().compactMap { index, slot -> (UInt64, UInt64)? in
            guard case .customEvent(let custom) = slot.kind else { return nil }
            return (EventFlags.customEvent(custom), 1 << UInt64(index))
        }
        var kept: [Int] = []
        kept.reserveCapacity(order.count)
        for (place, row) in order.enumerated() {
            let row = Int(row)
            if recipe.dropsDuplicates, place > 0, rows.isDuplicate(row, of: Int(order[place - 1])) {
                duplicates += 1
                continue
            }
            while start.count <= Int(rows.identity[row]) { start.append(kept.count) }
            kept.append(row)
        }
        while start.count <= identities.count { start.append(kept.count) }
        time = kept.map { rows.time[$0] }
        if !rows.known.isEmpty { known = kept.map { rows.known[$0] } }
        flags = kept.map { rows.flags[$0] }
        slots = kept.map { row in
            customSlots.reduce(slotsOfType[Int(rows.type[row])]) { rows.flags[row] & $1.0 != 0 ? $0 | $1.1 : $0 }
        }
        numbers.reserveCapacity(kept.count * rows.numbers.count)
        for values in rows.numbers { for row in kept { numbers.append(values[row]) } }
        for field in categories.indices {
            let values = rows.categories[field]
            if values.ends.isEmpty {
                categories[field] = kept.map { values.texts.codes[$0] }
                continue
            }
            for row in kept {
                categories[field] += values.texts.codes[values.range(row)]
                categoryEnds[field].append(Int32(categories[field].count))
            }
        }
    }
}

extension ShardEvents {
    /// When the events of a slot happen that lie after those seen, and were known at the snapshot to come.
    func toCome(after seen: Range<Int>, of identity: Int, slot: Int, asOf: Int64) -> [Int64] {
        guard !known.isEmpty else { return [] }
        return (seen.upperBound..<start[identity + 1]).compactMap { event in
            known[event] <= asOf && slots[event] & (1 << UInt64(slot)) != 0 ? time[event] : nil
        }
    }
}
