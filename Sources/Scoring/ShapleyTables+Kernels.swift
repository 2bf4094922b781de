import Learning

extension ShapleyTables {
    /// Rows explained at a time: their sums of one part's features and its table stay in the first-level cache, those of all
    /// features in the second.
    private static var block: Int { 512 }

    /// Writes the contributions of `rows`, block after block, part after part.
    ///
    /// `result` is `rows.count` x `featureCount`, row-major, and zero where no part adds; the caller has checked the rows and
    /// the features.
    func add(_ matrix: BinnedMatrix, _ rows: Range<Int>, _ result: inout [Float]) {
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            matrix.withColumns { columns, stride in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.block) { indices in
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.block * features.count) { sums in
                        guard let indices = indices.baseAddress, let sums = sums.baseAddress else { return }
                        for start in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: Self.block) {
                            let count = min(Self.block, rows.upperBound - start)
                            sum(columns + start, stride, count, indices, sums)
                            transpose(sums, count, result + (start - rows.lowerBound) * featureCount)
                        }
                    }
                }
            }
        }
    }

    /// Sums up a block: `block` floats for each of the features that contribute.
    private func sum(
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ count: Int, _ indices: UnsafeMutablePointer<UInt8>,
        _ sums: UnsafeMutablePointer<Float>
    ) {
        sums.update(repeating: 0, count: Self.block * features.count)
        for part in parts {
            answer(part.splits, columns, stride, count, indices)
            part.values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                for (place, slot) in part.slots.enumerated() {
                    addLookUps(values + place &* part.size, indices, count, to: sums + slot &* Self.block)
                }
            }
        }
    }

    /// Turns sums by feature into rows.
    private func transpose(_ sums: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>) {
        let width = featureCount
        var first = 0
        while first < count {
            let end = min(count, first + 16)
            for (slot, feature) in features.enumerated() {
                let sums = sums + slot &* Self.block
                for row in first..<end { result[row &* width &+ feature] = sums[row] }
            }
            first = end
        }
    }
}

@inline(__always)
private func addLookUps(
    _ table: UnsafePointer<Float>, _ indices: UnsafePointer<UInt8>, _ count: Int, to sums: UnsafeMutablePointer<Float>
) {
    for row in 0..<count { sums[row] += table[Int(indices[row])] }
}

/// Each row's answers to the splits as one index, the first split's the highest bit.
private func answer(
    _ splits: [Split], _ columns: UnsafePointer<UInt8>, _ stride: Int, _ count: Int,
    _ indices: UnsafeMutablePointer<UInt8>
) {
    for row in 0..<count { indices[row] = 0 }
    for split in splits {
        let column = columns + split.feature &* stride
        let shift = split.shift
        let threshold = split.threshold &- shift
        for row in 0..<count {
            indices[row] = (indices[row] &<< 1) | (column[row] &- shift > threshold ? 1 : 0)
        }
    }
}
