package import Bytes

extension LabelRange {
    private var width: Double { Double(most) - Double(least) }

    /// Labels as they are learned from: numbers as their place in the range, 0...1; outcomes as they are.
    package func scaled(_ labels: LabelColumn) -> LabelColumn {
        guard labels.kind == .numbers, isVaried else { return labels }
        return LabelColumn(numbers: labels.numbers.map { Float((Double($0) - Double(least)) / width) })
    }

    /// What turns margins that were learned from scaled numbers into numbers.
    package var calibration: Calibration { Calibration(slope: width, intercept: Double(least)) }
}
