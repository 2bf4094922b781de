import Foundation
import Learning

/// A finished run's model in a format that other programs load.
package struct ModelExport: Sendable {
    /// Where it stands.
    package let path: String
    package let trees: Int
    package let features: Int

    /// As XGBoost's JSON (see `Model.xgboostJSON`).
    /// - Parameter output: nil: `model/xgboost.json` in the run's folder.
    package init(xgboostOf folder: String, output: String?) throws(RunError) {
        let source = "\(folder)/\(Self.modelPath)"
        guard FileManager.default.fileExists(atPath: source) else {
            throw .input("\(folder) is not a finished run: it holds no \(Self.modelPath)")
        }
        let bytes: [UInt8]
        do throws(StoreError) {
            bytes = try Files.read(source)
        } catch {
            throw .input("\(error)")
        }
        let model: Model
        do throws(ModelError) {
            model = try Model(decoding: bytes)
        } catch {
            throw .input("\(source): \(error)")
        }
        path = output ?? "\(folder)/\(Self.xgboostPath)"
        let file = try output.map { output throws(RunError) in
            try NamedFile(output, "a model", replacing: EarlierLooks.isExport)
        }
        trees = model.ensemble.trees.count
        features = model.features.count
        do throws(StoreError) {
            if let file {
                try file.write(model.xgboostJSON)
            } else {
                try Additions.write([(Self.xgboostPath, model.xgboostJSON)], to: folder)
            }
        } catch {
            throw .failed(RunFailure(error))
        }
    }

    static let modelPath = "model/propensity.model"
    private static let xgboostPath = "model/xgboost.json"
}
