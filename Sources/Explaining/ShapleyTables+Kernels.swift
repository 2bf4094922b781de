import Learning

extension ShapleyTables {
    private static var block: Int { 64 }

    /// Adds every part's values to the contributions of `rows`, 64 rows at a time, part after part.
    ///
    /// `result` is `rows.count` x `featureCount`, row-major; the caller has checked the rows and the features.
    func add(_ matrix: BinnedMatrix, _ rows: Range<Int>, _ result: inout [Float]) {
        let width = featureCount
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            matrix.withColumns { columns, stride in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.block) { indices in
                    guard let indices = indices.baseAddress else { return }
                    for start in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: Self.block) {
                        let count = min(Self.block, rows.upperBound - start)
                        let target = result + (start - rows.lowerBound) * width
                        for part in parts {
                            answer(part.splits, columns + start, stride, count, indices)
                            part.values.withUnsafeBufferPointer { values in
                                guard let values = values.baseAddress else { return }
                                for (place, feature) in part.features.enumerated() {
                                    let table = values + place &* part.size
                                    for row in 0..<count {
                                        target[row &* width &+ feature] += table[Int(indices[row])]
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
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
