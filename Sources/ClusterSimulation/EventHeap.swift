import ClusterCore

/// What is to happen, soonest first; what is to happen at the same moment, in the order in which it was put there.
struct EventHeap<Element> {
    private var items: [(time: Instant, order: UInt64, element: Element)] = []
    private var count: UInt64 = 0

    mutating func put(_ element: Element, at time: Instant) {
        count += 1
        items.append((time, count, element))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func take() -> (time: Instant, element: Element)? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        if items.isEmpty { return (first.time, first.element) }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { break }
            items.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.element)
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        (items[a].time, items[a].order) < (items[b].time, items[b].order)
    }
}
