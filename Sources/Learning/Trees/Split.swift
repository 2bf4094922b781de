import Bytes

/// How a node's rows part: a bin of at most `threshold` goes left, a greater one right, a missing value (bin 0) as learned.
package struct Split: Sendable, Equatable {
    package let feature: Int
    package let threshold: UInt8
    package let missingLeft: Bool

    package init(feature: Int, threshold: UInt8, missingLeft: Bool) {
        self.feature = feature
        self.threshold = threshold
        self.missingLeft = missingLeft
    }

    /// Whether a row with this bin of the feature goes right.
    package func sendsRight(_ bin: UInt8) -> Bool { bin == 0 ? !missingLeft : bin > threshold }

    /// What to subtract from a bin and from the threshold, wrapping around, so that one comparison decides: with 1,
    /// *missing* becomes the greatest bin.
    package var shift: UInt8 { missingLeft ? 0 : 1 }

    /// Whether both sides can have rows, as far as the bins tell.
    func isPossible(binCounts: [Int]) -> Bool {
        0..<binCounts.count ~= feature && Int(threshold) + 1 < binCounts[feature] && (missingLeft || threshold > 0)
    }
}

extension Split {
    /// Writes one byte for no split, six for a split.
    static func encode(_ split: Split?, to writer: inout ByteWriter) {
        guard let split else { return writer.write(UInt8(0)) }
        writer.write(UInt8(split.missingLeft ? 1 : 2))
        writer.write(UInt32(split.feature))
        writer.write(split.threshold)
    }

    static func decode(_ reader: inout ByteReader) throws(ByteError) -> Split? {
        let start = reader.offset
        let kind = try reader.read(UInt8.self)
        if kind == 0 { return nil }
        guard kind <= 2 else { throw .badValue("split", offset: start) }
        let feature = Int(try reader.read(UInt32.self))
        let split = Split(feature: feature, threshold: try reader.read(), missingLeft: kind == 1)
        guard split.missingLeft || split.threshold > 0 else { throw .badValue("split", offset: start) }
        return split
    }
}
