import Events
import Tables

/// A row of an output part, by column name.
struct OutputRow {
    let table: Table
    let index: Int

    func text(_ name: String) -> String {
        guard let values = table.column(name)?.texts() else { return "" }
        let code = values.codes[index]
        return code < 0 ? "" : values.dictionary[Int(code)]
    }

    func value(_ name: String) -> Double { table.column(name)?.numbers().values[index] ?? .nan }

    /// The rows of one part that `isWanted` picks, of at most `limit`.
    static func read(
        _ path: String, limit: Int = .max, where isWanted: (Table, Int) -> Bool = { _, _ in true }
    ) throws(RunError) -> [OutputRow] {
        do throws(TableError) {
            let file = try TableFile(path: path, allowingNoRows: true)
            let reader = try file.reader(columns: file.schema.fields.map(\.name))
            var rows: [OutputRow] = []
            while rows.count < limit, let table = try reader.next() {
                for index in 0..<table.rowCount where rows.count < limit && isWanted(table, index) {
                    rows.append(OutputRow(table: table, index: index))
                }
            }
            return rows
        } catch {
            throw .input("\(error)")
        }
    }
}
