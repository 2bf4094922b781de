/// Which bins of a node have rows, and between what bounds their sums lie.
///
/// A set bit of `mask` is a filled bin, eight a byte, the lowest bit first. Nearly all bins of large nodes are filled, so eight
/// at a time are looked at, and copied where none of them is empty.
struct NonEmptyBins {
    private(set) var mask: [UInt8]
    private(set) var count = 0
    private(set) var gradients: (least: Int64, most: Int64) = (0, 0)
    /// The largest.
    private(set) var hessians: Int64 = 0
    private let bins: Int

    /// Of the `bins` that start at `start`. Cost: about 1 ns a bin.
    init(_ histogram: Histogram, at start: Int, bins: Int) {
        precondition(start >= 0 && bins >= 0 && start + bins <= histogram.gradients.count)
        precondition(histogram.gradients.count == histogram.hessians.count)
        self.bins = bins
        mask = [UInt8](repeating: 0, count: (bins + 7) / 8)
        var (least, most, mostHessian) = (Int64(0), Int64(0), Int64(0))
        mask.withUnsafeMutableBufferPointer { mask in
            histogram.gradients.withUnsafeBufferPointer { gradients in
                histogram.hessians.withUnsafeBufferPointer { hessians in
                    guard let gradients = gradients.baseAddress, let hessians = hessians.baseAddress else { return }
                    for index in mask.indices {
                        let first = start &+ index &* 8
                        var byte: UInt8 = 0
                        for bit in 0..<min(8, bins &- index &* 8) {
                            let (gradient, hessian) = (gradients[first &+ bit], hessians[first &+ bit])
                            byte |= (gradient | hessian) == 0 ? 0 : 1 &<< UInt8(truncatingIfNeeded: bit)
                            least = min(least, gradient)
                            most = max(most, gradient)
                            mostHessian = max(mostHessian, hessian)
                        }
                        mask[index] = byte
                    }
                }
            }
        }
        gradients = (least, most)
        hessians = mostHessian
        count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// What was read: nil when the mask is not one of so many bins.
    init?(mask: [UInt8], bins: Int) {
        guard mask.count == (bins + 7) / 8, bins % 8 == 0 || (mask.last ?? 0) >> UInt8(bins % 8) == 0 else {
            return nil
        }
        self.mask = mask
        self.bins = bins
        count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// The filled ones of the sums that start at `start`, in as many bits as `Narrow` has.
    func packed<Narrow: FixedWidthInteger>(_ sums: [Int64], at start: Int, as type: Narrow.Type) -> [Narrow] {
        precondition(start >= 0 && start + bins <= sums.count)
        return [Narrow](unsafeUninitializedCapacity: count) { packed, initialized in
            sums.withUnsafeBufferPointer { sums in
                guard let sums = sums.baseAddress, let packed = packed.baseAddress else { return }
                var next = 0
                for (index, byte) in mask.enumerated() {
                    let eight = sums + (start &+ index &* 8)
                    if byte == 0xFF {
                        for bit in 0..<8 { packed[next &+ bit] = Narrow(truncatingIfNeeded: eight[bit]) }
                        next &+= 8
                        continue
                    }
                    var left = byte
                    while left != 0 {
                        packed[next] = Narrow(truncatingIfNeeded: eight[left.trailingZeroBitCount])
                        next &+= 1
                        left &= left &- 1
                    }
                }
            }
            initialized = count
        }
    }

    /// The reverse of `packed`: sets the filled ones of the sums that start at `start`.
    func unpack<Narrow: FixedWidthInteger>(_ packed: [Narrow], into sums: inout [Int64], at start: Int) {
        precondition(packed.count == count && start >= 0 && start + bins <= sums.count)
        sums.withUnsafeMutableBufferPointer { sums in
            packed.withUnsafeBufferPointer { packed in
                guard let sums = sums.baseAddress, let packed = packed.baseAddress else { return }
                var next = 0
                for (index, byte) in mask.enumerated() {
                    let eight = sums + (start &+ index &* 8)
                    if byte == 0xFF {
                        for bit in 0..<8 { eight[bit] = Int64(truncatingIfNeeded: packed[next &+ bit]) }
                        next &+= 8
                        continue
                    }
                    var left = byte
                    while left != 0 {
                        eight[left.trailingZeroBitCount] = Int64(truncatingIfNeeded: packed[next])
                        next &+= 1
                        left &= left &- 1
                    }
                }
            }
        }
    }
}
