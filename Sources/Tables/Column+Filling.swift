extension Column {
    /// The column with what it lacks taken from another of as many rows. Kinds that differ become texts, apart from
    /// integers and numbers; lists are taken as a whole.
    func filled(from other: Column) -> Column {
        guard case .lists(let lists) = values, case .lists(let others) = other.values else {
            return joined(with: other).taking((0..<count).map { isMissing($0) ? count + $0 : $0 })
        }
        var items: [Int] = []
        var offsets: [Int32] = [0]
        for row in 0..<lists.count {
            if lists.isMissing(row) {
                items += others.range(row).map { lists.items.count + $0 }
            } else {
                items += lists.range(row)
            }
            offsets.append(Int32(items.count))
        }
        var filled = ListValues(offsets: offsets, items: lists.items.joined(with: others.items).taking(items))
        if let keys = lists.keys, let otherKeys = others.keys {
            filled.keys = keys.joined(with: otherKeys).taking(items)
        }
        return Column(name: name, values: .lists(filled))
    }

    /// The rows of this column and then those of another. Kinds that differ become texts, apart from integers and numbers.
    package func joined(with other: Column) -> Column {
        var joined = self
        switch (values, other.values) {
        case (.booleans(let a), .booleans(let b)): joined.values = .booleans(a + b)
        case (.integers(let a), .integers(let b)): joined.values = .integers(a + b)
        case (.numbers(let a), .numbers(let b)): joined.values = .numbers(a + b)
        case (.integers(let a), .numbers(let b)): joined.values = .numbers(a.map(Double.init) + b)
        case (.numbers(let a), .integers(let b)): joined.values = .numbers(a + b.map(Double.init))
        case (.timestamps(let a), .timestamps(let b)) where isNaive == other.isNaive: joined.values = .timestamps(a + b)
        default: return Column(name: name, values: .texts(texts().joined(with: other.texts())))
        }
        if valid != nil || other.valid != nil {
            joined.valid =
                (valid ?? [Bool](repeating: true, count: count))
                + (other.valid ?? [Bool](repeating: true, count: other.count))
        }
        return joined
    }

    private func taking(_ rows: [Int]) -> Column {
        var taken = self
        taken.valid = valid.map { valid in rows.map { valid[$0] } }
        switch values {
        case .booleans(let values): taken.values = .booleans(rows.map { values[$0] })
        case .integers(let values): taken.values = .integers(rows.map { values[$0] })
        case .numbers(let values): taken.values = .numbers(rows.map { values[$0] })
        case .timestamps(let values): taken.values = .timestamps(rows.map { values[$0] })
        case .texts(let texts): taken.values = .texts(texts.taking(rows))
        case .lists: preconditionFailure("lists are taken item by item")
        }
        return taken
    }
}

extension TextValues {
    fileprivate func joined(with other: TextValues) -> TextValues {
        let shift = Int32(dictionary.count)
        return TextValues(
            codes: codes + other.codes.map { $0 < 0 ? -1 : $0 + shift }, dictionary: dictionary + other.dictionary
        ).withoutRepeats()
    }

    fileprivate func taking(_ rows: [Int]) -> TextValues {
        TextValues(codes: rows.map { codes[$0] }, dictionary: dictionary)
    }
}
