import Tables

/// What one profile did up to one snapshot, tallied in one pass from its latest event back to its first.
///
/// Everything that a window asks for is counted into the smallest window that holds it and summed up at the end, so
/// that an event costs the same whatever the number of windows. Reused from row to row.
struct ActivityTally {
    /// Of one slot.
    struct Slot {
        var firstTime: Int64 = 0
        var lastTime: Int64 = 0
        /// The earliest day and time seen so far, going back.
        var day: Int64 = 0
        var time: Int64 = 0
        var events = 0
        var gaps = 0
        var gapSum: Double = 0
        var gapSquares: Double = 0
        var lastGap: Double = .nan
    }

    /// Of one number in one slot.
    struct Number {
        var count = 0
        var maximum = -Double.infinity
        var last = Double.nan
    }

    /// Of one category in one slot.
    struct Category {
        var lastCode: Int32 = -1
        var commonCode: Int32 = -1
        /// Which values have been seen, by the number of the row that saw them, and how often.
        var seenIn: [Int32]
        var timesSeen: [Int32]
        var values: [Int32] = []
    }

    private let recipe: FeatureRecipe
    private let windowCount: Int
    private let windowSpans: [Int64]
    private let numberPairsOfSlot: [[Int]]
    private let categoryPairsOfSlot: [[Int]]
    private(set) var slots: [Slot]
    private(set) var numbers: [Number]
    private(set) var categories: [Category]
    /// By slot (or pair) and window.
    private(set) var counts: [Int]
    private(set) var activeDays: [Int]
    private(set) var sessions: [Int]
    private(set) var sums: [Double]
    private(set) var distinct: [Int]
    private var generation: Int32 = 0
    private(set) var events = 0
    private(set) var hours = 0.0
    private(set) var weekdays = [Int](repeating: 0, count: 7)

    init(recipe: FeatureRecipe, dictionaries: [[String]]) {
        self.recipe = recipe
        windowCount = recipe.windows.count + 1
        windowSpans = recipe.windows.map { Days($0).microseconds }
        numberPairsOfSlot = recipe.slots.indices.map { slot in
            recipe.numberPairs.indices.filter { recipe.numberPairs[$0].slot == slot }
        }
        categoryPairsOfSlot = recipe.slots.indices.map { slot in
            recipe.categoryPairs.indices.filter { recipe.categoryPairs[$0].slot == slot }
        }
        slots = Array(repeating: Slot(), count: recipe.slots.count)
        numbers = Array(repeating: Number(), count: recipe.numberPairs.count)
        categories = recipe.categoryPairs.map { pair in
            let size = dictionaries[pair.field].count
            return Category(
                seenIn: Array(repeating: -1, count: size), timesSeen: Array(repeating: 0, count: size))
        }
        counts = Array(repeating: 0, count: recipe.slots.count * windowCount)
        activeDays = counts
        sessions = counts
        sums = Array(repeating: 0, count: recipe.numberPairs.count * windowCount)
        distinct = Array(repeating: 0, count: recipe.categoryPairs.count * windowCount)
    }

    func slot(ofNumberPair pair: Int) -> Int { recipe.numberPairs[pair].slot }

    /// Tallies a profile's events `range`, all of them at or before `asOf`.
    mutating func tally(_ shard: ShardEvents, _ range: Range<Int>, asOf: Int64) {
        clear()
        for event in range.reversed() {
            let time = shard.time[event]
            let window = window(ofAge: asOf - time)
            let day = Self.floorDivide(time, Timestamp.microsecondsPerDay)
            events += 1
            hours += Double(time - day * Timestamp.microsecondsPerDay) / 3_600_000_000
            // 1970-01-01 was a Thursday; Monday is 0.
            weekdays[Int(((day + 3) % 7 + 7) % 7)] += 1
            var bits = shard.slots[event]
            while bits != 0 {
                let slot = bits.trailingZeroBitCount
                bits &= bits - 1
                add(slot, time, day, window)
                for pair in numberPairsOfSlot[slot] {
                    add(number: shard.numbers[recipe.numberPairs[pair].field][event], pair, window)
                }
                for pair in categoryPairsOfSlot[slot] {
                    let field = recipe.categoryPairs[pair].field
                    for place in shard.places(ofCategory: field, event) {
                        add(category: shard.categories[field][place], pair, window)
                    }
                }
            }
        }
        finish()
    }

    private mutating func clear() {
        generation += 1
        events = 0
        hours = 0
        for index in weekdays.indices { weekdays[index] = 0 }
        for index in slots.indices { slots[index] = Slot() }
        for index in numbers.indices { numbers[index] = Number() }
        for index in counts.indices {
            counts[index] = 0
            activeDays[index] = 0
            sessions[index] = 0
        }
        for index in sums.indices { sums[index] = 0 }
        for index in distinct.indices { distinct[index] = 0 }
        for index in categories.indices {
            categories[index].lastCode = -1
            categories[index].commonCode = -1
            categories[index].values.removeAll(keepingCapacity: true)
        }
    }

    private mutating func add(_ index: Int, _ time: Int64, _ day: Int64, _ window: Int) {
        let place = index * windowCount + window
        counts[place] += 1
        if slots[index].events == 0 {
            slots[index].lastTime = time
            activeDays[place] += 1
            sessions[place] += 1
        } else {
            if slots[index].day != day {
                activeDays[place] += 1
                let gap = Double(slots[index].day - day)
                if slots[index].gaps == 0 { slots[index].lastGap = gap }
                slots[index].gaps += 1
                slots[index].gapSum += gap
                slots[index].gapSquares += gap * gap
            }
            if slots[index].time - time > recipe.sessionGap { sessions[place] += 1 }
        }
        slots[index].events += 1
        slots[index].day = day
        slots[index].time = time
        slots[index].firstTime = time
    }

    private mutating func add(number value: Double, _ pair: Int, _ window: Int) {
        guard !value.isNaN else { return }
        sums[pair * windowCount + window] += value
        if numbers[pair].count == 0 { numbers[pair].last = value }
        numbers[pair].count += 1
        numbers[pair].maximum = max(numbers[pair].maximum, value)
    }

    private mutating func add(category code: Int32, _ pair: Int, _ window: Int) {
        guard code >= 0 else { return }
        if categories[pair].lastCode < 0 { categories[pair].lastCode = code }
        if categories[pair].seenIn[Int(code)] != generation {
            categories[pair].seenIn[Int(code)] = generation
            categories[pair].timesSeen[Int(code)] = 0
            categories[pair].values.append(code)
            distinct[pair * windowCount + window] += 1
        }
        categories[pair].timesSeen[Int(code)] += 1
    }

    /// Turns "in this window and no smaller one" into "in this window".
    private mutating func finish() {
        for window in 1..<max(1, windowCount) {
            for slot in slots.indices {
                let place = slot * windowCount + window
                counts[place] += counts[place - 1]
                activeDays[place] += activeDays[place - 1]
                sessions[place] += sessions[place - 1]
            }
            for pair in numbers.indices { sums[pair * windowCount + window] += sums[pair * windowCount + window - 1] }
            for pair in categories.indices {
                distinct[pair * windowCount + window] += distinct[pair * windowCount + window - 1]
            }
        }
        for pair in categories.indices {
            var best: Int32 = 0
            for code in categories[pair].values {
                let times = categories[pair].timesSeen[Int(code)]
                if times > best || times == best && code < categories[pair].commonCode {
                    best = times
                    categories[pair].commonCode = code
                }
            }
        }
    }

    private func window(ofAge age: Int64) -> Int {
        for (index, span) in windowSpans.enumerated() where age < span { return index }
        return windowSpans.count
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }
}
