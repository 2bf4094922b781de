/// How many labels are numbers, the least of them and the largest.
package struct LabelRange: Sendable, Equatable {
    package private(set) var count = 0
    package private(set) var least = Float.infinity
    package private(set) var most = -Float.infinity

    /// Of no numbers.
    package init() {}

    /// Whether there are two that differ.
    package var isVaried: Bool { least < most }

    package mutating func add(_ label: Float) {
        guard label.isFinite else { return }
        count += 1
        least = min(least, label)
        most = max(most, label)
    }

    /// Adds other rows' labels. Commutes and associates.
    package mutating func merge(_ other: LabelRange) {
        count += other.count
        least = min(least, other.least)
        most = max(most, other.most)
    }
}

extension LabelRange: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(Int64(count))
        writer.write(least)
        writer.write(most)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        count = Int(try reader.read(Int64.self))
        least = try reader.read(Float.self)
        most = try reader.read(Float.self)
        let isRange = least.isFinite && most.isFinite && least <= most
        guard 0...ByteReader.mostCounted ~= Int64(count), count == 0 ? self == LabelRange() : isRange else {
            throw .badValue("range of labels", offset: start)
        }
    }
}
