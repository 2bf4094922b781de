/// The training rows, in the order of the nodes of one level, ascending within each.
struct RowPartition: Sendable {
    private(set) var rows: [UInt32]
    private(set) var level = 0
    /// Where each node's rows start; one more than there are nodes.
    private var starts: [Int]
    private var spare: [UInt32]

    /// All rows are the root's.
    init(rows: [UInt32]) {
        self.rows = rows
        starts = [0, rows.count]
        spare = [UInt32](repeating: 0, count: rows.count)
    }

    /// All of `rows`, at most as many as at first, are the root's; the memory is kept.
    mutating func restart(_ rows: [UInt32]) {
        precondition(rows.count <= spare.count)
        self.rows.removeAll(keepingCapacity: true)
        self.rows.append(contentsOf: rows)
        starts = [0, rows.count]
        level = 0
    }

    var nodes: Int { starts.count - 1 }

    /// How many rows each node has.
    var counts: [Int64] { (0..<nodes).map { Int64(range(of: $0).count) } }

    func range(of node: Int) -> Range<Int> { starts[node]..<starts[node + 1] }

    /// Goes on to the next level: each node's rows part into its two children's; without a split all go left.
    mutating func split(by splits: [Split?], _ matrix: BinnedMatrix) {
        precondition(splits.count == nodes)
        var next = [0]
        for (node, split) in splits.enumerated() {
            let range = range(of: node)
            if let split {
                precondition(split.feature >= 0 && split.feature < matrix.features)
                next.append(part(range, split, matrix))
            } else {
                next.append(range.upperBound)
            }
            next.append(range.upperBound)
        }
        starts = next
        level += 1
    }

    /// Parts the rows of one node, stably; returns where the right ones start.
    private mutating func part(_ range: Range<Int>, _ split: Split, _ matrix: BinnedMatrix) -> Int {
        let shift = split.shift
        let threshold = split.threshold &- shift
        return matrix.withColumns { columns, stride in
            rows.withUnsafeMutableBufferPointer { rows in
                spare.withUnsafeMutableBufferPointer { spare in
                    guard let rows = rows.baseAddress, let right = spare.baseAddress else { return range.lowerBound }
                    let bins = columns + split.feature * stride
                    var left = range.lowerBound
                    var rightCount = 0
                    // Both sides are written, only one pointer moves: a branch would be mispredicted half of the time.
                    for i in range {
                        let row = rows[i]
                        let goesRight = bins[Int(row)] &- shift > threshold ? 1 : 0
                        rows[left] = row
                        right[rightCount] = row
                        left &+= 1 &- goesRight
                        rightCount &+= goesRight
                    }
                    (rows + left).update(from: right, count: rightCount)
                    return left
                }
            }
        }
    }
}
