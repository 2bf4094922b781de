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
                        var feature = 0
                        while feature &+ 4 <= offsets.count {
                            let first = columns + (feature &* stride &+ start)
                            let (second, third, fourth) = (first + stride, first + 2 &* stride, first + 3 &* stride)
                            let (a, b) = (table + offsets[feature], table + offsets[feature &+ 1])
                            let (c, d) = (table + offsets[feature &+ 2], table + offsets[feature &+ 3])
                            for i in 0..<count {
                                margins[i] =
                                    (((margins[i] + a[Int(first[i])]) + b[Int(second[i])]) + c[Int(third[i])])
                                    + d[Int(fourth[i])]
                            }
                            feature &+= 4
                        }
                        for feature in feature..<offsets.count {
                            let bins = columns + (feature &* stride &+ start)
                            let own = table + offsets[feature]
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

    /// Adds what `count` rows have of something to the sums of their bins, four features at a time: of one alone, most rows
    /// are in the same bin, and each addition would wait for the one before.
    private static func add(
        _ values: [Int64], of columns: UnsafePointer<UInt8>, _ stride: Int, _ offsets: [Int], _ count: Int,
        to sums: inout [Int64]
    ) {
        sums.withUnsafeMutableBufferPointer { sums in
            values.withUnsafeBufferPointer { values in
                guard let sums = sums.baseAddress, let values = values.baseAddress else { return }
                var feature = 0
                while feature &+ 4 <= offsets.count {
                    let first = columns + feature &* stride
                    let (second, third, fourth) = (first + stride, first + 2 &* stride, first + 3 &* stride)
                    let (a, b) = (sums + offsets[feature], sums + offsets[feature &+ 1])
                    let (c, d) = (sums + offsets[feature &+ 2], sums + offsets[feature &+ 3])
                    for i in 0..<count {
                        let value = values[i]
                        a[Int(first[i])] &+= value
                        b[Int(second[i])] &+= value
                        c[Int(third[i])] &+= value
                        d[Int(fourth[i])] &+= value
                    }
                    feature &+= 4
                }
                for feature in feature..<offsets.count {
                    let bins = columns + feature &* stride
                    let own = sums + offsets[feature]
                    for i in 0..<count { own[Int(bins[i])] &+= values[i] }
                }
            }
        }
    }
}
