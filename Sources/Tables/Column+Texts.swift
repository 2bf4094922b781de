extension Column {
    /// The column as texts, in the one way in which the product writes values: integers "12", numbers that are integers
    /// the same ("12", never "12.0"), other numbers by the shortest digits that read back the same ("0.1", "1e-05"),
    /// booleans "true" and "false", timestamps in ISO 8601 (`Timestamp.description`). A list is the first of its items.
    ///
    /// The dictionary is in the order of first appearance, and for lists holds all items' texts. Cost: a pass over the rows, with one text for each distinct
    /// value.
    package func texts() -> TextValues {
        switch values {
        case .texts(let texts): return texts
        case .booleans(let values): return encoded(values) { $0 ? "true" : "false" }
        case .integers(let values): return encoded(values) { String($0) }
        case .numbers(let values): return encoded(values, text(of:))
        case .timestamps(let values): return encoded(values) { Timestamp(microseconds: $0).description }
        case .lists(let lists):
            let texts = lists.items.texts()
            return TextValues(
                codes: lists.firstItems().map { $0 < 0 ? -1 : texts.codes[$0] }, dictionary: texts.dictionary)
        }
    }

    private func encoded<Value: Hashable>(_ values: [Value], _ text: (Value) -> String) -> TextValues {
        var places: [Value: Int32] = [:]
        var texts = TextValues(codes: [], dictionary: [])
        texts.codes.reserveCapacity(values.count)
        for (row, value) in values.enumerated() {
            if isMissing(row) {
                texts.codes.append(-1)
            } else if let place = places[value] {
                texts.codes.append(place)
            } else {
                let place = Int32(texts.dictionary.count)
                places[value] = place
                texts.dictionary.append(text(value))
                texts.codes.append(place)
            }
        }
        return texts
    }
}

/// A number as `Column.texts()` writes it.
func text(of number: Double) -> String {
    // 2^63 itself would not fit.
    if number.rounded() == number, abs(number) < 0x1p63 { return String(Int64(number)) }
    return number.description
}
