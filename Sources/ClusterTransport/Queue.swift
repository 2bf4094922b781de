/// First in, first out. Cost: O(1) a value, averaged.
struct Queue<Element> {
    private var elements: [Element?] = []
    /// Where the next stands: those before it have been taken.
    private var next = 0

    var isEmpty: Bool { next == elements.count }

    mutating func put(_ element: Element) { elements.append(element) }

    mutating func take() -> Element? {
        guard next < elements.count else { return nil }
        defer {
            next += 1
            // A queue that never runs empty does not grow.
            if next == elements.count || next >= 64 && next * 2 >= elements.count {
                elements.removeFirst(next)
                next = 0
            }
        }
        return elements[next].take()
    }
}
