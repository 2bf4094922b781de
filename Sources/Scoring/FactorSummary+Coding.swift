package import Bytes

extension FactorSummary: ByteCodable {
    /// Counts are written as narrow as the largest allows: those of a shard are small.
    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt8(groups))
        writer.write(array: features.map(UInt32.init))
        writer.write(array: zip(offsets.dropFirst(), offsets).map { UInt16($0 - $1) })
        writer.write(array: profiles)
        writer.write(array: contributions)
        writer.write(array: magnitudes)
        Self.write(top, to: &writer)
        Self.write(values, to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let groups = Int(try reader.read(UInt8.self))
        let features = try reader.readArray(of: UInt32.self).map(Int.init)
        let binCounts = try reader.readArray(of: UInt16.self).map(Int.init)
        guard binCounts.count == features.count, zip(features, features.dropFirst()).allSatisfy({ $0 < $1 }),
            binCounts.allSatisfy({ 1...256 ~= $0 }),
            // Each bin takes a byte, so that a short message cannot ask for much memory.
            groups * binCounts.reduce(0, +) <= reader.remaining
        else { throw .badValue("features of a factor summary", offset: start) }
        self.init(groups: groups, features: features, binCounts: binCounts)
        let sizes = (groups, groups * features.count, values.count)
        profiles = try reader.readArray()
        contributions = try reader.readArray()
        magnitudes = try reader.readArray()
        top = try Self.readCounts(&reader)
        values = try Self.readCounts(&reader)
        guard profiles.count == sizes.0, contributions.count == sizes.1, magnitudes.count == sizes.1,
            top.count == sizes.1, values.count == sizes.2,
            [profiles, top, values].allSatisfy({ $0.allSatisfy { 0...ByteReader.mostCounted ~= $0 } }),
            magnitudes.allSatisfy({ 0...(1 << 44) ~= $0 }), contributions.allSatisfy({ $0.magnitude <= 1 << 44 })
        else { throw .badValue("sums of a factor summary", offset: start) }
    }

    private static func write(_ counts: [Int64], to writer: inout ByteWriter) {
        let most = counts.max() ?? 0
        if most <= UInt8.max {
            writer.write(UInt8(1))
            writer.write(array: counts.map { UInt8(truncatingIfNeeded: $0) })
        } else if most <= UInt16.max {
            writer.write(UInt8(2))
            writer.write(array: counts.map { UInt16(truncatingIfNeeded: $0) })
        } else {
            writer.write(UInt8(8))
            writer.write(array: counts)
        }
    }

    private static func readCounts(_ reader: inout ByteReader) throws(ByteError) -> [Int64] {
        let start = reader.offset
        switch try reader.read(UInt8.self) {
        case 1: return try reader.readArray(of: UInt8.self).map(Int64.init)
        case 2: return try reader.readArray(of: UInt16.self).map(Int64.init)
        case 8: return try reader.readArray(of: Int64.self)
        default: throw .badValue("width of counts", offset: start)
        }
    }
}
