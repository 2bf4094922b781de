public import Bytes

extension Histogram: ByteCodable {
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
    public func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(nodes))
        writer.write(array: layout.binCounts.map(UInt16.init))
        for node in 0..<nodes { encode(node, to: &writer) }
    }

    private func encode(_ node: Int, to writer: inout ByteWriter) {
        let bins = layout.totalBins
        var isFilled = [UInt8](repeating: 0, count: (bins + 7) / 8)
        var filled: (gradients: [Int64], hessians: [Int64]) = ([], [])
        filled.gradients.reserveCapacity(bins)
        filled.hessians.reserveCapacity(bins)
        var (least, most, mostHessian) = (Int64(0), Int64(0), Int64(0))
        for bin in 0..<bins {
            let gradient = gradients[node * bins + bin]
            let hessian = hessians[node * bins + bin]
            if gradient == 0 && hessian == 0 { continue }
            isFilled[bin >> 3] |= 1 << UInt8(bin & 7)
            filled.gradients.append(gradient)
            filled.hessians.append(hessian)
            least = min(least, gradient)
            most = max(most, gradient)
            mostHessian = max(mostHessian, hessian)
        }
        let widths = (gradients: Width(gradients: least, most), hessians: Width(hessians: mostHessian))
        writer.write(widths.gradients.rawValue | widths.hessians.rawValue << 4)
        writer.write(array: isFilled)
        switch widths.gradients {
        case .one: writer.write(array: filled.gradients.map(Int8.init(truncatingIfNeeded:)))
        case .two: writer.write(array: filled.gradients.map(Int16.init(truncatingIfNeeded:)))
        case .four: writer.write(array: filled.gradients.map(Int32.init(truncatingIfNeeded:)))
        case .eight: writer.write(array: filled.gradients)
        }
        switch widths.hessians {
        case .one: writer.write(array: filled.hessians.map(UInt8.init(truncatingIfNeeded:)))
        case .two: writer.write(array: filled.hessians.map(UInt16.init(truncatingIfNeeded:)))
        case .four: writer.write(array: filled.hessians.map(UInt32.init(truncatingIfNeeded:)))
        case .eight: writer.write(array: filled.hessians)
        }
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
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
        guard nodes <= 1 << Tree.maximumDepth, nodes * ((layout.totalBins + 7) / 8) <= reader.remaining else {
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
        let bins = layout.totalBins
        let isFilled = try reader.readArray(of: UInt8.self)
        let ofGradients =
            switch gradientWidth {
            case .one: try reader.readArray(of: Int8.self).map(Int64.init)
            case .two: try reader.readArray(of: Int16.self).map(Int64.init)
            case .four: try reader.readArray(of: Int32.self).map(Int64.init)
            case .eight: try reader.readArray(of: Int64.self)
            }
        let ofHessians =
            switch hessianWidth {
            case .one: try reader.readArray(of: UInt8.self).map(Int64.init)
            case .two: try reader.readArray(of: UInt16.self).map(Int64.init)
            case .four: try reader.readArray(of: UInt32.self).map(Int64.init)
            case .eight: try reader.readArray(of: Int64.self)
            }
        let filled = isFilled.reduce(0) { $0 + $1.nonzeroBitCount }
        guard isFilled.count == (bins + 7) / 8, ofGradients.count == filled, ofHessians.count == filled else {
            throw .badValue("size of a histogram", offset: start)
        }
        guard ofHessians.allSatisfy({ $0 >= 0 }) else { throw .badValue("hessian sum in a histogram", offset: start) }
        var next = 0
        for bin in 0..<bins where isFilled[bin >> 3] >> UInt8(bin & 7) & 1 == 1 {
            gradients[node * bins + bin] = ofGradients[next]
            hessians[node * bins + bin] = ofHessians[next]
            next += 1
        }
        guard next == filled else { throw .badValue("bins of a histogram", offset: start) }
    }
}
