extension Column {
    /// The column as numbers: `values` has NaN where the row holds nothing or cannot be read as a finite number, and
    /// `unreadable` counts the latter.
    ///
    /// Texts are read strictly (see the instance file's guide: "1,234" is not a number), booleans are 0 and 1, timestamps
    /// their microseconds. With `takingTruth`, the texts "true" and "false" in any case, which is how CSV files write
    /// booleans, are 1 and 0 too. A list is the sum of its items, and `unreadable` counts items.
    ///
    /// Cost: a pass over the rows; each distinct text of the batch is read once.
    package func numbers(takingTruth: Bool = false) -> (values: [Double], unreadable: Int) {
        var unreadable = 0
        var numbers: [Double]
        switch values {
        case .booleans(let values): numbers = values.map { $0 ? 1 : 0 }
        case .integers(let values), .timestamps(let values): numbers = values.map(Double.init)
        case .numbers(let values):
            numbers = values
            for row in numbers.indices where numbers[row].isInfinite {
                numbers[row] = .nan
                if !isMissing(row) { unreadable += 1 }
            }
        case .texts(let texts):
            let read = texts.dictionary.map { text -> Double in
                if takingTruth, let truth = boolean(text) { return truth ? 1 : 0 }
                return NumberText(text)?.value ?? .nan
            }
            let isUnreadable = texts.dictionary.indices.map {
                read[$0].isNaN && !Tables.isMissing(texts.dictionary[$0])
            }
            numbers = [Double](repeating: .nan, count: texts.codes.count)
            for (row, code) in texts.codes.enumerated() where code >= 0 {
                numbers[row] = read[Int(code)]
                if isUnreadable[Int(code)] { unreadable += 1 }
            }
        case .lists(let lists):
            let items = lists.items.numbers(takingTruth: takingTruth)
            numbers = lists.sums(of: items.values)
            unreadable = items.unreadable
        }
        if let valid { for row in numbers.indices where !valid[row] { numbers[row] = .nan } }
        return (numbers, unreadable)
    }
}
