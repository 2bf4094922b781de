internal import Foundation

extension ConstantColumn {
    /// The column of a folder named `column=value`; nil of other folders.
    ///
    /// What such names cannot hold stands in them as %XX; `__HIVE_DEFAULT_PARTITION__` stands for a missing value.
    init?(folder name: String) {
        guard let equals = name.firstIndex(of: "="), equals > name.startIndex else { return nil }
        let column = String(name[..<equals])
        let isName = column.utf8.allSatisfy { unit in
            unit.isDigit || ((unit | 0x20) &- 0x61) < 26 || unit >= 0x80 || "_-. %".utf8.contains(unit)
        }
        guard isName, let decoded = column.removingPercentEncoding else { return nil }
        let value = String(name[name.index(after: equals)...])
        self.init(
            name: decoded,
            value: value.isEmpty || value == "__HIVE_DEFAULT_PARTITION__" ? nil : value.removingPercentEncoding ?? value
        )
    }

    /// The columns that a file has by the folders it lies in, the outermost first.
    package static func all(of path: String) -> [ConstantColumn] {
        let folders = path.split(separator: "/").dropLast()
        var columns: [ConstantColumn] = []
        for folder in folders {
            guard let column = ConstantColumn(folder: String(folder)) else { continue }
            columns.removeAll { $0.name == column.name }
            columns.append(column)
        }
        return columns
    }
}
