import Events
import InstanceFile
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

    /// Of one number in one slot and window.
    struct Amount {
        var sum = 0.0
        var maximum = -Double.infinity
        var count = 0
    }

    /// Of one category in one slot.
    struct Category {
        var lastCode: Int32 = -1
        var commonCode: Int32 = -1
        /// Which values have been seen, by the number of the row that saw them, and how often.
        var seenIn: [Int32]
        var timesSeen: [Int32]
        var values: [Int32] = []

        /// Adds an event's value, going back in time; whether the row sees it for the first time.
        fileprivate mutating func add(_ code: Int32, _ row: Int32) -> Bool {
            guard code >= 0 else { return false }
            if lastCode < 0 { lastCode = code }
            let isNew = seenIn[Int(code)] != row
            if isNew {
                seenIn[Int(code)] = row
                timesSeen[Int(code)] = 0
                values.append(code)
            }
            timesSeen[Int(code)] += 1
            return isNew
        }

        fileprivate mutating func findCommon() {
            var best: Int32 = 0
            for code in values {
                let times = timesSeen[Int(code)]
                if times > best || times == best && code < commonCode {
                    best = times
                    commonCode = code
                }
            }
        }
    }

    /// Of one slot in one window.
    struct Cell {
        var events: Int32 = 0
        var activeDays: Int32 = 0
        var sessions: Int32 = 0
    }

    /// Of events of any kind.
    struct Habits {
        var events = 0
        var hours = 0.0
        /// By weekday from Monday on.
        var weekdays: (Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0)
    }

    private let recipe: FeatureRecipe
    private let windowCount: Int
    let windowSpans: [Int64]
    /// Number pairs stand in the order of their slots: those of slot `i` are `numberStart[i] ..< numberStart[i + 1]`.
    let numberStart: [Int]
    let numberFields: [Int]
    let sessionGap: Int64
    var slots: [Slot]
    private(set) var categories: [Category]
    /// By slot and window.
    var cells: [Cell]
    /// By number pair and window.
    var amounts: [Amount]
    /// By number pair: the latest value.
    var lastNumbers: [Double]
    private(set) var distinct: [Int]
    private var generation: Int32 = 0
    /// The smallest window that holds each event of the row, from the latest back.
    private var windowOfEvent: [Int] = []
    var habits = Habits()

    init(recipe: FeatureRecipe, dictionaries: [[String]]) {
        self.recipe = recipe
        windowCount = recipe.windows.count + 1
        windowSpans = recipe.windows.map { Days($0).microseconds }
        numberFields = recipe.numberPairs.map(\.field)
        numberStart = (0...recipe.slots.count).map { slot in
            recipe.numberPairs.firstIndex { $0.slot >= slot } ?? recipe.numberPairs.count
        }
        sessionGap = recipe.sessionGap
        slots = Array(repeating: Slot(), count: recipe.slots.count)
        categories = recipe.categoryPairs.map { pair in
            let size = dictionaries[pair.field].count
            return Category(
                seenIn: Array(repeating: -1, count: size), timesSeen: Array(repeating: 0, count: size))
        }
        cells = Array(repeating: Cell(), count: recipe.slots.count * windowCount)
        amounts = Array(repeating: Amount(), count: recipe.numberPairs.count * windowCount)
        lastNumbers = Array(repeating: .nan, count: recipe.numberPairs.count)
        distinct = Array(repeating: 0, count: recipe.categoryPairs.count * windowCount)
    }

    func slot(ofNumberPair pair: Int) -> Int { recipe.numberPairs[pair].slot }

    /// Tallies a profile's events `range`, all of them at or before `asOf`.
    mutating func tally(_ shard: ShardEvents, _ range: Range<Int>, asOf: Int64) {
        clear()
        tallySlots(shard, range, asOf: asOf)
        if !categories.isEmpty { tallyCategories(shard, range, asOf: asOf) }
        finish()
    }

    private mutating func tallyCategories(_ shard: ShardEvents, _ range: Range<Int>, asOf: Int64) {
        windowOfEvent.removeAll(keepingCapacity: true)
        var window = 0
        for event in range.reversed() {
            while window < windowSpans.count, asOf - shard.time[event] >= windowSpans[window] { window += 1 }
            windowOfEvent.append(window)
        }
        for (pair, field) in recipe.categoryPairs.enumerated() {
            // Out of the array while it changes, so that it is not copied.
            var category = Category(seenIn: [], timesSeen: [])
            swap(&category, &categories[pair])
            tally(shard, range, field, into: &category, distinct: pair * windowCount)
            swap(&category, &categories[pair])
        }
    }

    private mutating func tally(
        _ shard: ShardEvents, _ range: Range<Int>, _ pair: FieldPair, into category: inout Category, distinct first: Int
    ) {
        let slot: UInt64 = 1 << UInt64(pair.slot)
        let codes = shard.categories[pair.field]
        let ends = shard.categoryEnds[pair.field]
        for (window, event) in zip(windowOfEvent, range.reversed()) where shard.slots[event] & slot != 0 {
            if ends.isEmpty {
                if category.add(codes[event], generation) { distinct[first + window] += 1 }
                continue
            }
            for place in (event == 0 ? 0 : Int(ends[event - 1]))..<Int(ends[event])
            where category.add(codes[place], generation) {
                distinct[first + window] += 1
            }
        }
    }

    private mutating func clear() {
        generation += 1
        habits = Habits()
        for index in slots.indices { slots[index] = Slot() }
        for index in cells.indices { cells[index] = Cell() }
        for index in amounts.indices { amounts[index] = Amount() }
        for index in lastNumbers.indices { lastNumbers[index] = .nan }
        for index in distinct.indices { distinct[index] = 0 }
        for index in categories.indices {
            categories[index].lastCode = -1
            categories[index].commonCode = -1
            categories[index].values.removeAll(keepingCapacity: true)
        }
    }

    /// Turns "in this window and no smaller one" into "in this window".
    private mutating func finish() {
        for window in 1..<max(1, windowCount) {
            for slot in slots.indices {
                let place = slot * windowCount + window
                cells[place].events += cells[place - 1].events
                cells[place].activeDays += cells[place - 1].activeDays
                cells[place].sessions += cells[place - 1].sessions
            }
            for pair in lastNumbers.indices {
                amounts[pair * windowCount + window].add(amounts[pair * windowCount + window - 1])
            }
            for pair in categories.indices {
                distinct[pair * windowCount + window] += distinct[pair * windowCount + window - 1]
            }
        }
        for pair in categories.indices { categories[pair].findCommon() }
    }
}

extension ActivityTally.Amount {
    fileprivate mutating func add(_ other: ActivityTally.Amount) {
        sum += other.sum
        maximum = max(maximum, other.maximum)
        count += other.count
    }
}
