import Features
import Tables

/// Some columns of a part, from end to end.
enum ColumnLoader {
    /// Whole columns, which a shard's are small enough for; of a file without rows they are texts.
    ///
    /// - Throws: an error of the input, also where the file lacks one of them.
    static func read(_ path: String, _ names: [String]) throws(RunError) -> [Column] {
        do throws(TableError) {
            let reader = try TableFile(path: path, allowingNoRows: true).reader(columns: names)
            var whole: [Column] = []
            while let table = try reader.next() {
                let columns = names.compactMap(table.column)
                whole = whole.isEmpty ? columns : zip(whole, columns).map { $0.joined(with: $1) }
            }
            return whole.isEmpty
                ? names.map { Column(name: $0, values: .texts(TextValues(codes: [], dictionary: []))) } : whole
        } catch {
            throw .input("\(error)")
        }
    }
}

extension ColumnLoader {
    /// The names of a file's columns; nil of what is no table.
    static func names(ofFile path: String) -> [String]? {
        (try? TableFile(path: path, allowingNoRows: true))?.schema.fields.map(\.name)
    }
}
