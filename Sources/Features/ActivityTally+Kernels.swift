import Tables

extension ActivityTally {
    /// Adds a profile's events `range` to its slots, numbers and habits, from the latest back to the first.
    ///
    /// - Precondition: the range is of the shard's events, all of them at or before `asOf` and ascending in time.
    mutating func tallySlots(_ shard: ShardEvents, _ range: Range<Int>, asOf: Int64) {
        precondition(range.lowerBound >= 0 && range.upperBound <= shard.time.count)
        precondition(shard.slots.count == shard.time.count)
        precondition(numberFields.allSatisfy { ($0 + 1) * shard.time.count <= shard.numbers.count })
        let (spans, starts, fields, gap) = (windowSpans, numberStart, numberFields, sessionGap)
        var habits = habits
        spans.withUnsafeBufferPointer { spans in
            starts.withUnsafeBufferPointer { starts in
                fields.withUnsafeBufferPointer { fields in
                    shard.withPointers { events in
                        withStatePointers { state in
                            tallyEvents(events, range, asOf, spans, starts, fields, gap, state, &habits)
                        }
                    }
                }
            }
        }
        self.habits = habits
    }

    fileprivate struct State {
        var slots: UnsafeMutablePointer<Slot>
        var slotCount: Int
        var cells: UnsafeMutablePointer<Cell>
        var amounts: UnsafeMutablePointer<Amount>
        var lastNumbers: UnsafeMutablePointer<Double>
    }

    private mutating func withStatePointers(_ body: (State) -> Void) {
        slots.withUnsafeMutableBufferPointer { slots in
            cells.withUnsafeMutableBufferPointer { cells in
                amounts.withUnsafeMutableBufferPointer { amounts in
                    lastNumbers.withUnsafeMutableBufferPointer { lastNumbers in
                        // Without slots there is nothing to write to; without numbers nothing is written there.
                        guard let slot = slots.baseAddress, let cell = cells.baseAddress else { return }
                        let amount = amounts.baseAddress ?? UnsafeMutablePointer(bitPattern: 8)
                        let last = lastNumbers.baseAddress ?? UnsafeMutablePointer(bitPattern: 8)
                        guard let amount, let last else { return }
                        body(
                            State(
                                slots: slot, slotCount: slots.count, cells: cell, amounts: amount, lastNumbers: last))
                    }
                }
            }
        }
    }
}

extension ShardEvents {
    fileprivate struct Pointers {
        var time: UnsafePointer<Int64>
        var slots: UnsafePointer<UInt64>
        /// Of field `i` from `i * count` on.
        var numbers: UnsafePointer<Double>
        var count: Int
    }

    fileprivate func withPointers(_ body: (Pointers) -> Void) {
        time.withUnsafeBufferPointer { time in
            slots.withUnsafeBufferPointer { slots in
                numbers.withUnsafeBufferPointer { numbers in
                    guard let times = time.baseAddress, let slots = slots.baseAddress,
                        let numbers = numbers.baseAddress ?? UnsafePointer(bitPattern: 8)
                    else { return }
                    body(Pointers(time: times, slots: slots, numbers: numbers, count: time.count))
                }
            }
        }
    }
}

/// Everything is counted into the smallest window that holds the event; going back in time, windows only grow.
@inline(__always)
private func tallyEvents(
    _ events: ShardEvents.Pointers, _ range: Range<Int>, _ asOf: Int64, _ spans: UnsafeBufferPointer<Int64>,
    _ starts: UnsafeBufferPointer<Int>, _ fields: UnsafeBufferPointer<Int>, _ sessionGap: Int64,
    _ state: ActivityTally.State, _ habits: inout ActivityTally.Habits
) {
    let windows = spans.count + 1
    var window = 0
    var event = range.upperBound
    while event > range.lowerBound {
        event &-= 1
        let time = events.time[event]
        while window < spans.count, asOf &- time >= spans[window] { window &+= 1 }
        let day = floorDivide(time, Timestamp.microsecondsPerDay)
        habits.add(time, day)
        var bits = events.slots[event]
        while bits != 0 {
            let slot = bits.trailingZeroBitCount
            bits &= bits &- 1
            if slot >= state.slotCount { break }
            add(time, day, sessionGap, to: state.slots + slot, state.cells + (slot &* windows &+ window))
            var pair = starts[slot]
            while pair < starts[slot &+ 1] {
                let value = events.numbers[fields[pair] &* events.count &+ event]
                if !value.isNaN {
                    add(value, to: state.amounts + (pair &* windows &+ window), state.lastNumbers + pair)
                }
                pair &+= 1
            }
        }
    }
}

@inline(__always)
private func add(
    _ time: Int64, _ day: Int64, _ sessionGap: Int64, to slot: UnsafeMutablePointer<ActivityTally.Slot>,
    _ cell: UnsafeMutablePointer<ActivityTally.Cell>
) {
    cell.pointee.events &+= 1
    if slot.pointee.events == 0 {
        slot.pointee.lastTime = time
        cell.pointee.activeDays &+= 1
        cell.pointee.sessions &+= 1
    } else {
        if slot.pointee.day != day {
            cell.pointee.activeDays &+= 1
            let gap = Double(slot.pointee.day &- day)
            if slot.pointee.gaps == 0 { slot.pointee.lastGap = gap }
            slot.pointee.gaps &+= 1
            slot.pointee.gapSum += gap
            slot.pointee.gapSquares += gap * gap
        }
        if slot.pointee.time &- time > sessionGap { cell.pointee.sessions &+= 1 }
    }
    slot.pointee.events &+= 1
    slot.pointee.day = day
    slot.pointee.time = time
    slot.pointee.firstTime = time
}

@inline(__always)
private func add(
    _ value: Double, to amount: UnsafeMutablePointer<ActivityTally.Amount>, _ last: UnsafeMutablePointer<Double>
) {
    if last.pointee.isNaN { last.pointee = value }
    amount.pointee.sum += value
    amount.pointee.count &+= 1
    if value > amount.pointee.maximum { amount.pointee.maximum = value }
}

extension ActivityTally.Habits {
    @inline(__always)
    fileprivate mutating func add(_ time: Int64, _ day: Int64) {
        events &+= 1
        hours += Double(time &- day &* Timestamp.microsecondsPerDay) / 3_600_000_000
        // 1970-01-01 was a Thursday; Monday is 0.
        let shifted = (day &+ 3) % 7
        switch shifted < 0 ? shifted &+ 7 : shifted {
        case 0: weekdays.0 &+= 1
        case 1: weekdays.1 &+= 1
        case 2: weekdays.2 &+= 1
        case 3: weekdays.3 &+= 1
        case 4: weekdays.4 &+= 1
        case 5: weekdays.5 &+= 1
        default: weekdays.6 &+= 1
        }
    }
}

@inline(__always)
private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b &- 1 &- a) / b) }
