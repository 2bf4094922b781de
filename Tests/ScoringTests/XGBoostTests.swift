import Foundation
import Learning
import Scoring
import Testing

/// Our models in XGBoost's hands: what `Fixtures/make_xgboost_golden.py` recorded.
@Suite struct XGBoostTests {
    private struct Expected: Decodable {
        var rows: [[Cell]]
        var margins: [Double]
        /// One a feature, and the base.
        var contributions: [[Double]]
    }

    private enum Cell: Decodable {
        case missing
        case number(Float)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .missing
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .number(try container.decode(Float.self))
            }
        }

        func bin(_ bins: FeatureBins) -> UInt8 {
            switch self {
            case .missing: 0
            case .number(let value): bins.bin(of: value)
            case .text(let value): bins.bin(of: value)
            }
        }
    }

    private static func fixture(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../Fixtures/xgboost/\(name)"))
    }

    /// Both sum single-precision numbers of up to a few units: 1e-5 is some hundred of their last places.
    @Test(arguments: ["symmetric", "depthwise"])
    func xgboostPredictsAndExplainsAsWeDo(_ growth: String) throws {
        let model = try Model(decoding: Array(try Self.fixture("\(growth).model")))
        let expected = try JSONDecoder().decode(Expected.self, from: try Self.fixture("\(growth)_expected.json"))
        let columns = model.features.indices.map { feature in
            expected.rows.map { $0[feature].bin(model.features[feature].bins) }
        }
        let matrix = BinnedMatrix(columns: columns, rows: expected.rows.count)
        let margins = model.ensemble.margins(of: matrix)
        let tables = ShapleyTables(model.ensemble, featureCount: model.features.count)
        var contributions: [Float] = []
        tables.contributions(of: matrix, rows: 0..<matrix.rows, into: &contributions)
        for row in expected.rows.indices {
            #expect(abs(Double(margins[row]) - expected.margins[row]) < 1e-5)
            for feature in model.features.indices {
                let own = Double(contributions[row * model.features.count + feature])
                #expect(abs(own - expected.contributions[row][feature]) < 1e-5, "row \(row), feature \(feature)")
            }
            #expect(abs(tables.base - (expected.contributions[row].last ?? .nan)) < 1e-5)
        }
        #expect(Set(margins).count > 50)
    }

    /// The bytes that XGBoost read.
    @Test(arguments: ["symmetric", "depthwise"])
    func theExportIsWhatXGBoostRead(_ growth: String) throws {
        let model = try Model(decoding: Array(try Self.fixture("\(growth).model")))
        #expect(Data(model.xgboostJSON) == (try Self.fixture("\(growth).json")))
    }
}
