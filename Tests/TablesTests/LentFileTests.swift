import Foundation
import Synchronization
import Testing

@testable import Tables

/// Files that are read by fetching ranges of them are what they are where they lie.
struct LentFileTests {
    private struct Refusal: Error {}

    private static let names: [String] = {
        let folder = fixture("")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            [".parquet", ".csv", ".arrow", ".gz", ".zst", ".jsonl", ".json"].contains { name.hasSuffix($0) }
        }.sorted()
    }()

    private func everything(_ path: String) throws -> [String] {
        let file = try TableFile(path: path)
        let columns = file.schema.fields.filter { if case .unsupported = $0.kind { false } else { true } }.map(\.name)
        let reader = try file.reader(columns: columns)
        var tables: [String] = ["\(file.schema)"]
        while let table = try reader.next() { tables += table.columns.map { "\($0)" } }
        return tables
    }

    @Test func aLentFileIsReadAsTheFileItself() throws {
        #expect(Self.names.count > 5)
        var compared = 0
        for name in Self.names {
            guard let here = try? everything(fixture(name)) else { continue }
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
            let fetches = Mutex(0)
            // Pieces that are smaller than what is asked for are asked for again.
            let lent = try withLentFile(at: "/lent/\(name)", size: bytes.count) { offset, count in
                fetches.withLock { $0 += 1 }
                return Array(bytes[offset..<min(offset + min(count, 1000), bytes.count)])
            } _: {
                try everything("/lent/\(name)")
            }
            #expect(lent == here, "\(name)")
            #expect(fetches.withLock { $0 } > 0, "\(name)")
            compared += 1
        }
        #expect(compared > 5)
    }

    @Test func aFileThatIsNotGivenIsAnErrorAndThenThereIsNone() throws {
        #expect(throws: (any Error).self) {
            try withLentFile(at: "/lent/a.csv", size: 100) { _, _ in
                nil
            } _: {
                try everything("/lent/a.csv")
            }
        }
        #expect(throws: TableError.self) { try everything("/lent/a.csv") }
    }
}
