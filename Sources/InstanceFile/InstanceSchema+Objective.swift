import Bytes
import Learning

extension InstanceSchema {
    /// What an objective that is a number has no use for.
    private static let keysOfOutcomes = ["segments", "buckets", "enrich"]

    /// Sees that there is what the objective learns from, and nothing that it cannot serve.
    static func checkObjective(
        _ table: FeatureTable?, _ model: HyperParameters?, _ fields: MappingReader, _ context: inout ParseContext
    ) {
        let objective = context.objective
        guard objective.labels == .numbers else { return }
        guard fields.has("features"), !choosesFeatures(fields.place(of: "features")) else {
            return context.report(
                "\(objective.rawValue) is for a ready feature table, whose label is a number; leave it out",
                at: fields.place(of: "objective"))
        }
        if let table, table.label != .number {
            context.report(
                "\(objective.rawValue) learns the number in features.label.field; leave out what it is compared with",
                at: fields.place(of: "objective"))
        }
        if let model, model[HyperParameters.kind] == .logistic || model[HyperParameters.tune] {
            context.report(
                "kind: logistic and tune are for probabilities, and \(objective.rawValue) predicts a number; leave them out",
                at: fields.place(ofKey: "model"))
        }
        for key in keysOfOutcomes where fields.has(key) {
            context.report(
                "is for probabilities, and \(objective.rawValue) predicts a number; leave it out",
                at: fields.place(ofKey: key))
        }
    }
}
