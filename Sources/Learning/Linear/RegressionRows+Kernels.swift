extension RegressionSums {
    /// What a single row counts for at most, in nats: far more than at scores that a search comes to.
    private static let largestLoss = 1e9

    /// Adds the sums of all rows, 64 at a time and within them feature by feature: each row's margin is added up in the
    /// order of the features.
    ///
    /// The caller has checked the bins and the number of scores.
    mutating func add(_ rows: RegressionRows, at scores: AdditiveModel) {
        let block = BinnedMatrix.blockRows
        let offsets = rows.layout.bins.offsets
        var binGradients = [Int64](repeating: 0, count: rows.layout.bins.totalBins)
        var margins = [Double](repeating: 0, count: block)
        var gradients = [Int64](repeating: 0, count: block)
        var weights = gradients
        rows.matrix.withColumns { columns, stride in
            scores.scores.withUnsafeBufferPointer { table in
                guard let table = table.baseAddress else { return }
                for start in Swift.stride(from: 0, to: rows.matrix.rows, by: block) {
                    let count = min(block, rows.matrix.rows - start)
                    for i in 0..<block { margins[i] = scores.intercept }
                    margins.withUnsafeMutableBufferPointer { margins in
                        guard let margins = margins.baseAddress else { return }
                        for (feature, offset) in offsets.enumerated() {
                            let bins = columns + (feature &* stride &+ start)
                            let own = table + offset
                            for i in 0..<count { margins[i] += own[Int(bins[i])] }
                        }
                    }
                    for i in 0..<count {
                        let isPositive = rows.labels[start + i] == 1
                        let weight = Double(rows.weights[start + i])
                        let error = weight * (sigmoid(margins[i]) - (isPositive ? 1 : 0))
                        let loss = weight * min(logLoss(margin: margins[i], isPositive: isPositive), Self.largestLoss)
                        gradients[i] = Int64((error * Self.unitsPerNat).rounded())
                        weights[i] = Int64((weight * Self.unitsPerRow).rounded())
                        add(
                            weight: weights[i], loss: Int64((loss * Self.unitsPerNat).rounded()), gradient: gradients[i]
                        )
                    }
                    Self.add(gradients, of: columns + start, stride, offsets, count, to: &binGradients)
                    if !self.weights.isEmpty {
                        withWeights { Self.add(weights, of: columns + start, stride, offsets, count, to: &$0) }
                    }
                }
            }
        }
        add(binGradients, rows.layout)
    }

    /// Adds what `count` rows have of something to the sums of their bins.
    private static func add(
        _ values: [Int64], of columns: UnsafePointer<UInt8>, _ stride: Int, _ offsets: [Int], _ count: Int,
        to sums: inout [Int64]
    ) {
        sums.withUnsafeMutableBufferPointer { sums in
            values.withUnsafeBufferPointer { values in
                guard let sums = sums.baseAddress else { return }
                for (feature, offset) in offsets.enumerated() {
                    let bins = columns + feature &* stride
                    for i in 0..<count { sums[offset &+ Int(bins[i])] &+= values[i] }
                }
            }
        }
    }
}
