package import Bytes

extension LabelRange {
    private var width: Double { Double(most) - Double(least) }

    /// Labels as they are learned from: numbers as their place in the range, 0...1, also of one that a damaged file holds beyond
    /// it; outcomes as they are.
    package func scaled(_ labels: LabelColumn) -> LabelColumn {
        guard labels.kind == .numbers, isVaried else { return labels }
        return LabelColumn(
            numbers: labels.numbers.map { number in
                guard number.isFinite else { return number }
                return Float(min(max((Double(number) - Double(least)) / width, 0), 1))
            })
    }

    /// What turns margins that were learned from scaled numbers into numbers.
    package var calibration: Calibration { Calibration(slope: width, intercept: Double(least)) }
}
