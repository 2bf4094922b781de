package import Bytes

extension Histogram: ByteCodable {
    /// Bins of all nodes of one that is read, a gigabyte of them: an empty bin takes a bit of the message, and 16 bytes here.
    private static let mostBins = 1 << 26

    /// How many bytes a sum takes: what a node's widest needs.
    private enum Width: UInt8 {
        case one, two, four, eight

        /// The narrowest that holds sums from `least` to `most`.
        init(gradients least: Int64, _ most: Int64) {
            self =
                least >= Int8.min && most <= Int8.max
                ? .one
                : least >= Int16.min && most <= Int16.max
                    ? .two : least >= Int32.min && most <= Int32.max ? .four : .eight
        }

        init(hessians most: Int64) {
            self = most <= UInt8.max ? .one : most <= UInt16.max ? .two : most <= UInt32.max ? .four : .eight
        }
    }

    /// Writes for each node which of its bins are not empty, and their sums, gradients and hessians each as narrow as
    /// the node's widest allows: 8, 16, 32 or 64 bits.
    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(nodes))
        writer.write(array: layout.binCounts.map(UInt16.init))
        for node in 0..<nodes { encode(node, to: &writer) }
    }

    private func encode(_ node: Int, to writer: inout ByteWriter) {
        let start = node * layout.totalBins
        let filled = NonEmptyBins(self, at: start, bins: layout.totalBins)
        let widths = (
            gradients: Width(gradients: filled.gradients.least, filled.gradients.most),
            hessians: Width(hessians: filled.hessians)
        )
        writer.write(widths.gradients.rawValue | widths.hessians.rawValue << 4)
        writer.write(array: filled.mask)
        for (sums, width) in [(gradients, widths.gradients), (hessians, widths.hessians)] {
            switch width {
            case .one: writer.write(array: filled.packed(sums, at: start, as: UInt8.self))
            case .two: writer.write(array: filled.packed(sums, at: start, as: UInt16.self))
            case .four: writer.write(array: filled.packed(sums, at: start, as: UInt32.self))
            case .eight: writer.write(array: filled.packed(sums, at: start, as: UInt64.self))
            }
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let nodes = Int(try reader.read(UInt32.self))
        let binCounts = try reader.readArray(of: UInt16.self).map(Int.init)
        let layout: HistogramLayout
        do {
            layout = try HistogramLayout(binCounts: binCounts)
        } catch {
            throw .badValue("features of a histogram (\(error))", offset: start)
        }
        // A bin takes at least a bit, so that a short message cannot ask for much memory.
        guard nodes <= 1 << Tree.maximumDepth, nodes * layout.totalBins <= Self.mostBins,
            nodes * ((layout.totalBins + 7) / 8) <= reader.remaining
        else {
            throw .badValue("size of a histogram", offset: start)
        }
        self.init(layout: layout, nodes: nodes)
        for node in 0..<nodes { try decode(node, &reader) }
    }

    private mutating func decode(_ node: Int, _ reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let header = try reader.read(UInt8.self)
        guard let gradientWidth = Width(rawValue: header & 0xF), let hessianWidth = Width(rawValue: header >> 4) else {
            throw .badValue("width of a histogram", offset: start)
        }
        guard let filled = NonEmptyBins(mask: try reader.readArray(), bins: layout.totalBins) else {
            throw .badValue("bins of a histogram", offset: start)
        }
        let first = node * layout.totalBins
        func read<Narrow: FixedWidthInteger & BitwiseCopyable>(
            _ type: Narrow.Type, into sums: inout [Int64]
        ) throws(ByteError) {
            let packed = try reader.readArray(of: type)
            guard packed.count == filled.count else { throw .badValue("size of a histogram", offset: start) }
            filled.unpack(packed, into: &sums, at: first)
        }
        switch gradientWidth {
        case .one: try read(Int8.self, into: &gradients)
        case .two: try read(Int16.self, into: &gradients)
        case .four: try read(Int32.self, into: &gradients)
        case .eight: try read(Int64.self, into: &gradients)
        }
        switch hessianWidth {
        case .one: try read(UInt8.self, into: &hessians)
        case .two: try read(UInt16.self, into: &hessians)
        case .four: try read(UInt32.self, into: &hessians)
        case .eight: try read(Int64.self, into: &hessians)
        }
        guard hessians[first..<(first + layout.totalBins)].allSatisfy({ $0 >= 0 }) else {
            throw .badValue("hessian sum in a histogram", offset: start)
        }
    }
}
