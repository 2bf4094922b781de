import Foundation

/// Rows as `scripts/benchmarks/learning.py` writes them: `NAME.f32` with one feature's values after the other's,
/// `NAME.u8` with the outcomes, `shape` with the numbers of training rows, test rows and features.
struct RawTable {
    let rows: Int
    let features: Int
    let labels: [UInt8]
    private let path: String

    enum Part: String { case train, test }

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ folder: String, _ part: Part) throws {
        let shape = try String(contentsOfFile: "\(folder)/shape", encoding: .utf8).split(separator: " ")
            .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        guard shape.count == 3 else { throw Unreadable(description: "\(folder)/shape does not hold three numbers") }
        rows = part == .train ? shape[0] : shape[1]
        features = shape[2]
        path = "\(folder)/\(part.rawValue).f32"
        labels = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(part.rawValue).u8")))
        guard labels.count == rows else { throw Unreadable(description: "\(folder): not an outcome a row") }
    }

    /// One feature's values of some rows.
    func values(of feature: Int, rows range: Range<Int>) throws -> [Float] {
        guard let file = FileHandle(forReadingAtPath: path) else { throw Unreadable(description: "no \(path)") }
        defer { try? file.close() }
        try file.seek(toOffset: UInt64((feature * rows + range.lowerBound) * 4))
        guard let bytes = try file.read(upToCount: range.count * 4), bytes.count == range.count * 4 else {
            throw Unreadable(description: "\(path) is too short")
        }
        var values = [Float](repeating: 0, count: range.count)
        _ = values.withUnsafeMutableBytes { bytes.copyBytes(to: $0) }
        return values
    }
}
