package import Bytes

/// One feature of a model: what it is called and how its values become bins.
package struct ModelFeature: Sendable, Equatable {
    package let code: String
    /// In the user's own words.
    package let name: String
    package let bins: FeatureBins

    package init(code: String, name: String, bins: FeatureBins) {
        self.code = code
        self.name = name
        self.bins = bins
    }
}

extension ModelFeature: FieldCodable {
    package static let fields = FieldList(Self.init, \.code, \.name, \.bins)
}

/// All that scoring takes: features, trees and calibration; and how it was trained.
package struct Model: Sendable, Equatable {
    package let features: [ModelFeature]
    package let ensemble: Ensemble
    package var calibration: Calibration
    package let settings: TrainingSettings

    /// The trees must split these features: `ensemble` comes from a `Booster` with their bin counts.
    package init(
        features: [ModelFeature], ensemble: Ensemble, calibration: Calibration, settings: TrainingSettings
    ) {
        self.features = features
        self.ensemble = ensemble
        self.calibration = calibration
        self.settings = settings
    }

    package var growth: Growth { settings.growth }
    package var objective: Objective { settings.objective }

    /// Whether some tree splits the feature.
    package func isUsing(feature: Int) -> Bool {
        ensemble.trees.contains { tree in tree.splits.contains { $0?.feature == feature } }
    }
}

/// Why bytes are not a model.
package enum ModelError: Error, Equatable, CustomStringConvertible {
    /// Not what this program writes, or damaged since.
    case unreadable(ByteError)
    /// Readable, but the trees do not fit the features.
    case inconsistent(tree: Int)

    package var description: String {
        switch self {
        case .unreadable(let error):
            """
            this is not a model that can be read: \(error); give the model of a finished run, written by this \
            version of propensity, or train again
            """
        case .inconsistent(let tree):
            "the model is damaged: tree \(tree + 1) splits a feature or bin that the model does not have; train again"
        }
    }
}

extension Model {
    private static let name: StaticString = "PROPMODL"
    /// Grows with the settings that are a part of the content, of which there were 12 in version 3.
    private static let version = UInt32(3 + TrainingSettings.writtenCount - 12)

    /// The model as a file: name, version, checksum, content.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        settings.encode(to: &writer)
        calibration.encode(to: &writer)
        writer.write(each: features) { $1.encode(to: &$0) }
        ensemble.encode(to: &writer)
        return Self.sealed(writer.bytes)
    }

    /// A file of this content, which need not be a model's.
    package static func sealed(_ content: [UInt8]) -> [UInt8] {
        ChecksummedEnvelope.seal(content, name: name, version: version)
    }

    /// Reads the whole of what `encoded` gave.
    package init(decoding bytes: [UInt8]) throws(ModelError) {
        do throws(ByteError) {
            var reader = try ChecksummedEnvelope.open(bytes, name: Self.name, version: Self.version)
            settings = try TrainingSettings(from: &reader)
            calibration = try Calibration(from: &reader, for: settings.objective)
            features = try reader.readEach { reader throws(ByteError) in try ModelFeature(from: &reader) }
            ensemble = try Ensemble(from: &reader)
            try reader.finish()
        } catch {
            throw .unreadable(error)
        }
        let binCounts = features.map(\.bins.binCount)
        if let tree = ensemble.trees.firstIndex(where: { !$0.isPossible(binCounts: binCounts) }) {
            throw .inconsistent(tree: tree)
        }
    }
}
