import Features

extension NumberName {
    var finding: Finding {
        Finding(
            .numberIsName, .note, dataset, "\(dataset): \"\(column)\" is not used as a number: \(reason)",
            means: "they are taken for names of something, whose sums and means would tell nothing",
            change: "if they are amounts, list them under numbers; if it matters which one it is, under categories")
    }
}
