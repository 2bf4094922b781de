import InstanceFile
import Tables

extension Column {
    /// The column with its texts in the one form that the product works with; blank ones are missing. So that the same text
    /// is the same wherever it stands: as an identity, a type, a category, a label, or in a condition.
    ///
    /// Cost: a look at each distinct text.
    func trimmed() -> Column {
        var column = self
        switch values {
        case .texts(var texts):
            if texts.dictionary.allSatisfy(CanonicalText.isPlain) { return self }
            let trimmed = texts.dictionary.map(CanonicalText.trimmed)
            texts.codes = texts.codes.map { $0 < 0 || trimmed[Int($0)] == nil ? -1 : $0 }
            texts.dictionary = trimmed.map { $0 ?? "" }
            column.values = .texts(texts)
        case .lists(var lists):
            lists.items = lists.items.trimmed()
            column.values = .lists(lists)
        case .booleans, .integers, .numbers, .timestamps: break
        }
        return column
    }

    /// Some of the values that are there and cannot be read as numbers.
    func examplesOfNoNumbers(takingTruth: Bool = false) -> Examples {
        switch values {
        case .texts(let texts):
            let codes = texts.dictionary.indices.map { Int32($0) }
            let distinct = Column(name: "", values: .texts(TextValues(codes: codes, dictionary: texts.dictionary)))
            let read = distinct.numbers(takingTruth: takingTruth).values
            return Examples(texts.dictionary.indices.filter { read[$0].isNaN }.map { texts.dictionary[$0] })
        case .lists(let lists): return lists.items.examplesOfNoNumbers(takingTruth: takingTruth)
        case .numbers(let values): return Examples(values.contains { $0.isInfinite } ? ["infinity"] : [])
        case .booleans, .integers, .timestamps: return Examples()
        }
    }

    /// Some of the values of these rows, as texts.
    func examples(of rows: some Sequence<Int>) -> Examples {
        let texts = texts()
        let codes = Set(rows.map { texts.codes[$0] }.filter { $0 >= 0 })
        return Examples(codes.map { texts.dictionary[Int($0)] })
    }
}

extension Table {
    /// The table with these columns trimmed.
    func trimmed(_ names: Set<String>) -> Table {
        var table = self
        table.columns = columns.map { names.contains($0.name) ? $0.trimmed() : $0 }
        return table
    }
}
