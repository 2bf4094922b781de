import Foundation

/// The share of pairs of a row with the outcome and one without that are in the right order; ties count half.
func auc(_ margins: [Float], _ labels: [UInt8]) -> Double {
    let order = margins.indices.sorted { margins[$0] < margins[$1] }
    var (rankSum, positives) = (0.0, 0.0)
    var first = 0
    while first < order.count {
        var end = first
        while end < order.count && margins[order[end]] == margins[order[first]] { end += 1 }
        let rank = Double(first + end + 1) / 2
        for index in first..<end where labels[order[index]] == 1 {
            rankSum += rank
            positives += 1
        }
        first = end
    }
    return (rankSum - positives * (positives + 1) / 2) / (positives * (Double(order.count) - positives))
}

/// In nats.
func logLoss(_ margins: [Float], _ labels: [UInt8]) -> Double {
    zip(margins, labels).reduce(0.0) { sum, row in
        sum + log1p(exp(row.1 == 1 ? -Double(row.0) : Double(row.0)))
    } / Double(margins.count)
}
