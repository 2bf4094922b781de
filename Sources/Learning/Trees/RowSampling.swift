package import Bytes

/// Which of the training rows each tree learns from.
package enum RowSampling: Sendable, Equatable {
    /// Each row with the same probability, over 0 to 1: at 1 all of them (Friedman 2002).
    case uniform(Double)
    /// Each row with a probability in proportion to its gradient, one over it its weight.
    ///
    /// Sums keep their expectation, and the variance that gradients have from chance outcomes grows by some quarter at
    /// most, while of rows whose outcome is as expected few are counted: where one customer in a hundred buys, some 5 %. Of
    /// rows that weigh less, such as a profile's at many dates, fewer still are counted (`GradientScale.leastDrawn`: variance then grows by more).
    /// Importance sampling, as minimal variance sampling does it (Ibragimov and Gusev 2019), with a bound that holds for
    /// every tree in place of a quota.
    case gradient

    /// What suits so many training rows: with fewer there is little time to win.
    package static func automatic(rows: Int) -> RowSampling { rows < 500_000 ? .uniform(1) : .gradient }

    var isPossible: Bool {
        switch self {
        case .uniform(let share): share > 0 && share <= 1
        case .gradient: true
        }
    }
}

extension RowSampling: CustomStringConvertible {
    /// As `row_sampling` is written in the instance file.
    package var description: String {
        switch self {
        case .uniform(let share): "\(share)"
        case .gradient: "gradient"
        }
    }
}

extension RowSampling: ByteCodable {
    /// The share; 0 stands for sampling by gradient.
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .uniform(let share): writer.write(share)
        case .gradient: writer.write(0.0)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let share = try reader.read(Double.self)
        self = share == 0 ? .gradient : .uniform(share)
    }
}
