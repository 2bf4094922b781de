package import InstanceFile

/// A segment that asks for what there is not.
package struct SegmentProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package var segment: String
    package var what: String
    package var name: String
    package var nearest: String?
    /// The number that cannot be above or below `name`; nil where that is what there is not.
    package var number: String?

    package var description: String {
        if let number {
            return
                "segment \"\(segment)\": \(number) is a number, and is never above or below \"\(name)\"; write a number"
        }
        return "segment \"\(segment)\": there is no \(what) \"\(name)\""
            + (nearest.map { "; did you mean \"\($0)\"?" }
                ?? "; a field is \(SegmentScope.outputs.joined(separator: ", ")), a feature's code or an attribute")
    }

    /// Everything in the segments' conditions that is neither an output, a feature nor an attribute.
    ///
    /// - Parameters:
    ///   - features: codes and names, which factors are called by.
    ///   - numbers: codes of features that are numbers.
    package static func find(
        in segments: [SegmentDefinition], features: [(code: String, name: String)], numbers: Set<String>,
        attributes: [String]
    ) -> [SegmentProblem] {
        let fields = SegmentScope.outputs + features.map(\.code) + attributes
        var problems: [SegmentProblem] = []
        let numbers = numbers.subtracting(attributes).union(ScoreColumns.numbers)
        for segment in segments {
            for bound in segment.condition.textBounds where numbers.contains(bound.path) {
                problems.append(
                    SegmentProblem(segment: segment.name, what: "number", name: bound.text, number: bound.path))
            }
            for field in segment.condition.fieldPaths where !fields.contains(field) {
                problems.append(
                    SegmentProblem(
                        segment: segment.name, what: "field", name: field,
                        nearest: NearestName.nearest(to: field, among: fields)))
            }
            for factor in segment.condition.factors
            where !features.contains(where: { SegmentScope.isMeant(factor, code: $0.code, name: $0.name) }) {
                problems.append(
                    SegmentProblem(
                        segment: segment.name, what: "factor", name: factor,
                        nearest: NearestName.nearest(to: factor, among: features.flatMap { [$0.name, $0.code] })))
            }
        }
        return problems
    }
}
