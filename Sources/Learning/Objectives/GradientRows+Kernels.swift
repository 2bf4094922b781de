import Bytes

/// Rows as gradients are computed of them.
struct GradientRows {
    /// How many, from the first on.
    var count: Int
    var margins: [Float]
    var labels: LabelColumn
    /// Over 0 to 1, what the row's gradient and hessian are multiplied by.
    var weights: [Float]
    /// What a row's rounding, and whether it is drawn, is a function of, with `salt`.
    var keys: [UInt32]
    var salt: UInt32
    /// `uniform` draws all here.
    var sampling: RowSampling
    /// See `GradientScale.drawn`: a whole number from 1 to that.
    var leastDrawn: Float = 1

    /// Calls `body` with the first elements of margins, labels, weights, keys and gradients.
    @inline(__always)
    func withPointers<Label>(
        _ labels: [Label], _ gradients: inout [UInt16],
        _ body: (
            UnsafePointer<Float>, UnsafePointer<Label>, UnsafePointer<Float>, UnsafePointer<UInt32>,
            UnsafeMutablePointer<UInt16>
        ) -> Void
    ) {
        precondition(
            [margins.count, labels.count, weights.count, keys.count, gradients.count].allSatisfy { $0 >= count })
        margins.withUnsafeBufferPointer { margins in
            labels.withUnsafeBufferPointer { labels in
                weights.withUnsafeBufferPointer { weights in
                    keys.withUnsafeBufferPointer { keys in
                        gradients.withUnsafeMutableBufferPointer { gradients in
                            guard let margins = margins.baseAddress, let labels = labels.baseAddress,
                                let weights = weights.baseAddress, let keys = keys.baseAddress,
                                let gradients = gradients.baseAddress
                            else { return }
                            body(margins, labels, weights, keys, gradients)
                        }
                    }
                }
            }
        }
    }
}
