import Features
import Tables

/// Some columns of a part, from end to end.
enum ColumnLoader {
    /// Whole columns, which a shard's are small enough for.
    ///
    /// - Throws: an error of the input where the file lacks one.
    static func read(_ path: String, _ names: [String]) throws(RunError) -> [Column] {
        do {
            let file = try TableFile(path: path, allowingNoRows: true)
            let present = Set(file.schema.fields.map(\.name))
            if let missing = names.first(where: { !present.contains($0) }) {
                throw RunError.input(
                    "\(path) has no column \"\(missing)\": it is of an earlier version, or was changed")
            }
            let reader = try file.reader(columns: names)
            var whole: [Column] = []
            while let table = try reader.next() {
                let columns = names.compactMap(table.column)
                if whole.isEmpty {
                    whole = columns
                } else {
                    for place in whole.indices { whole[place].add(columns[place]) }
                }
            }
            return whole.isEmpty
                ? names.map { Column(name: $0, values: .texts(TextValues(codes: [], dictionary: []))) } : whole
        } catch let error as RunError {
            throw error
        } catch {
            throw .input("\(error)")
        }
    }
}

extension Column {
    /// Appends the rows of another column of the same kind.
    fileprivate mutating func add(_ other: Column) {
        switch (values, other.values) {
        case (.numbers(let own), .numbers(let others)): values = .numbers(own + others)
        case (.integers(let own), .integers(let others)): values = .integers(own + others)
        default:
            let (own, others) = (texts(), other.texts())
            let shift = Int32(own.dictionary.count)
            values = .texts(
                TextValues(
                    codes: own.codes + others.codes.map { $0 < 0 ? $0 : $0 + shift },
                    dictionary: own.dictionary + others.dictionary))
        }
    }
}

extension ColumnLoader {
    /// The names of a Parquet file's columns; nil of what is none.
    static func names(ofFile path: String) -> [String]? {
        (try? TableFile(path: path, allowingNoRows: true))?.schema.fields.map(\.name)
    }
}
