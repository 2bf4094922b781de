import Foundation
import Tables
import TestSupport

/// A file written by other people's code; see Tests/Fixtures/make_fixtures.py.
func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
}

/// Each row as one would write it down, so that tables of any kind can be compared: nil is missing, a timestamp is its
/// microseconds.
func cells(_ column: Column) -> [String?] {
    (0..<column.count).map { row in
        if column.isMissing(row) { return nil }
        return switch column.values {
        case .booleans(let values): "\(values[row])"
        case .integers(let values): "\(values[row])"
        case .numbers(let values): "\(values[row])"
        case .timestamps(let values): "\(values[row])"
        case .texts(let texts): texts.dictionary[Int(texts.codes[row])]
        case .lists(let lists): "\(lists.range(row).map { cells(lists.items)[$0] ?? "-" })"
        }
    }
}

func decoded(_ texts: TextValues) -> [String?] { texts.codes.map { $0 < 0 ? nil : texts.dictionary[Int($0)] } }

/// All batches of a file.
func batches(_ path: String, _ columns: [String], part: FilePart? = nil) throws -> [Table] {
    let reader = try TableFile(path: path).reader(columns: columns, part: part)
    var tables: [Table] = []
    while let table = try reader.next() { tables.append(table) }
    return tables
}

/// A column of a file over all of its batches.
func column(_ path: String, _ name: String, part: FilePart? = nil) throws -> [String?] {
    try batches(path, [name], part: part).flatMap { cells($0.columns[0]) }
}

/// The error of opening a file, or of reading some of its columns to the end.
func failure(_ path: String, reading columns: [String]? = nil) -> TableError? {
    do throws(TableError) {
        let file = try TableFile(path: path)
        let reader = try file.reader(columns: columns ?? file.schema.fields.map(\.name))
        while try reader.next() != nil {}
        return nil
    } catch {
        return error
    }
}
