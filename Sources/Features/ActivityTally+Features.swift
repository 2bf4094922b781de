import Tables

extension ActivityTally {
    /// The value of a numeric feature that `TalliedFeatures` does not copy, at a snapshot; NaN is missing.
    ///
    /// - Parameter dataDays: from where the data begin to the snapshot.
    func value(of source: FeatureSource, asOf: Int64, windows: Int, dataDays: Double) -> Double {
        let stride = windows + 1
        switch source {
        case .daysSinceLast(let slot): return days(slots[slot], slots[slot].lastTime, asOf)
        case .firstShare(let slot):
            let share = days(slots[slot], slots[slot].firstTime, asOf) / dataDays
            // Stray events may lie before the data begin.
            return share > 1 ? 1 : share
        case .meanGap(let slot): return meanGap(slots[slot])
        case .lastGap(let slot): return slots[slot].lastGap
        case .gapDeviation(let slot):
            let mean = meanGap(slots[slot])
            guard slots[slot].gaps > 1 else { return .nan }
            return max(0, slots[slot].gapSquares / Double(slots[slot].gaps) - mean * mean).squareRoot()
        case .lateness(let slot): return days(slots[slot], slots[slot].lastTime, asOf) / meanGap(slots[slot])
        case .trend(let slot, let recent, let both):
            let new = Double(cells[slot * stride + recent].events)
            let old = Double(cells[slot * stride + both].events) - new
            return new + old == 0 ? .nan : (new - old) / (new + old)
        case .last(let pair): return lastNumbers[pair]
        case .sumPerSession(let pair):
            let all = cells[slot(ofNumberPair: pair) * stride + windows].sessions
            return all == 0 ? .nan : amounts[pair * stride + windows].sum / Double(all)
        case .meanHour: return habits.events == 0 ? .nan : habits.hours / Double(habits.events)
        case .weekendShare:
            return habits.events == 0 ? .nan : Double(habits.weekdays.5 + habits.weekdays.6) / Double(habits.events)
        case .modalWeekdayShare:
            let days = habits.weekdays
            let most = max(days.0, days.1, days.2, days.3, days.4, days.5, days.6)
            return habits.events == 0 ? .nan : Double(most) / Double(habits.events)
        default: return .nan
        }
    }

    private func days(_ slot: Slot, _ time: Int64, _ asOf: Int64) -> Double {
        slot.events == 0 ? .nan : Double(asOf - time) / Double(Timestamp.microsecondsPerDay)
    }

    private func meanGap(_ slot: Slot) -> Double { slot.gaps == 0 ? .nan : slot.gapSum / Double(slot.gaps) }
}
