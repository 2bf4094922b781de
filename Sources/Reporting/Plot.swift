import Foundation

/// The plane of a chart: a rectangle of a drawing, and the ranges of values that it spans.
struct Plot {
    var left: Double
    var top: Double
    var width: Double
    var height: Double
    var x: ClosedRange<Double>
    var y: ClosedRange<Double>

    /// A square-ish chart with room for the axes' numbers.
    static func standard(x: ClosedRange<Double>, y: ClosedRange<Double>) -> Plot {
        Plot(left: 44, top: 12, width: 384, height: 200, x: x, y: y)
    }

    func across(_ value: Double) -> Double { left + width * Self.share(value, x) }
    func down(_ value: Double) -> Double { top + height * (1 - Self.share(value, y)) }

    private static func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        let length = range.upperBound - range.lowerBound
        return length > 0 ? min(max((value - range.lowerBound) / length, 0), 1) : 0
    }

    /// A polyline's points.
    func path(_ points: [(x: Double, y: Double)]) -> String {
        points.map { "\(Format.place(across($0.x))),\(Format.place(down($0.y)))" }.joined(separator: " ")
    }

    /// A mark of an axis and the line that crosses the plane from it.
    struct Tick {
        var at: String
        var text: String
        var start: String
        var end: String
        /// Where the text stands.
        var beside: String
    }

    func acrossTicks(_ values: [Double], _ text: (Double) -> String) -> [Tick] {
        values.map {
            Tick(
                at: Format.place(across($0)), text: text($0), start: Format.place(top),
                end: Format.place(top + height), beside: Format.place(top + height + 16))
        }
    }

    func downTicks(_ values: [Double], _ text: (Double) -> String) -> [Tick] {
        values.map {
            Tick(
                at: Format.place(down($0)), text: text($0), start: Format.place(left),
                end: Format.place(left + width), beside: Format.place(left - 6))
        }
    }

    /// Round numbers from 0 up, of which the last is the first that is no smaller than the value.
    static func steps(to value: Double, count: Int = 4) -> [Double] {
        guard value > 0, value.isFinite else { return [0, 1] }
        let rough = value / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999_999 } ?? rough
        return (0...Int((value / step - 1e-9).rounded(.up))).map { Double($0) * step }
    }
}

/// A rectangle of a chart with the figures that are shown on hover.
struct Bar {
    var x: String
    var y: String
    var width: String
    var height: String
    /// What it belongs to, as a class of the style sheet.
    var style: String
    var figures: [String: String]

    init(x: Double, y: Double, width: Double, height: Double, style: String, _ figures: [String: String]) {
        self.x = Format.place(x)
        self.y = Format.place(y)
        self.width = Format.place(max(0, width))
        self.height = Format.place(max(0, height))
        self.style = style
        self.figures = figures
    }
}
