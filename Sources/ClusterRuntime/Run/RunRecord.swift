public import Customers
import Foundation
import Tables
import ZeroMQ

/// `run.json`: what ran, on what, and what came of it. Holds times and workers, and so differs from run to run.
struct RunRecord: Codable {
    struct Output: Codable {
        var path: String
        var sha256: String
        var bytes: Int
        var rows: Int?

        init(_ file: OutputFile) {
            path = file.path
            sha256 = file.sha256
            bytes = file.bytes
            rows = file.rows
        }
    }

    struct Input: Codable {
        var dataset: String
        var rows: Int
        var kept: Int
        /// Rows that could not be used, by reason.
        var rejected: [Count]
        /// The first and the last moment of the events that are kept; nil where rows have none.
        var earliest: String?
        var latest: String?
    }

    struct Count: Codable {
        var name: String
        var count: Int
    }

    struct WorkerEvent: Codable {
        var seconds: Double
        var worker: UInt64
        var event: String
    }

    struct Settings: Codable {
        var kind: String
        var growth: String
        var bins: Int
        var learningRate: Double
        var trees: Int
        var stopAfter: Int
        var depth: Int
        var l2: Double
        var minimumChildHessian: Double
        var minimumChildCount: Int
        var rowSampling: Double
        var featureSampling: Double
        var tune: Bool
        var seed: Int
    }

    var version = 1
    var product: String
    var libraries: [String: String]
    var instance: String
    var instanceText: String
    var started: String
    var seconds: Double
    var shards: Int
    var settings: Settings
    var inputs: [Input]
    var events: [Count]
    var duplicatesDropped: Int
    var profiles: Int
    var profilesScored: Int
    var features: Int
    /// What the checks before training found, the gravest first.
    var findings: [Finding]
    var stages: [RunState.StageTiming]
    var workers: [WorkerEvent]
    var outputs: [Output]
}

/// JSON as all of a run's files are written: keys in order, so that equal content is equal bytes.
enum JSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            // Only a number that is not finite can do this, and each is guarded where it is made.
            throw StoreError("write as JSON", "\(type(of: value)): \(error)", EINVAL)
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, file: String) throws(RunError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(try Files.read(file)))
        } catch let error as StoreError {
            throw .input("\(error)")
        } catch {
            throw .input("\(file) is not what propensity wrote: \(error)")
        }
    }
}

extension Readiness {
    /// The report as JSON (`Sources/Customers/Readiness/CHECKS.md`), keys in order.
    public func json() throws(RunError) -> String {
        do throws(StoreError) {
            return String(decoding: try JSON.encode(self).dropLast(), as: UTF8.self)
        } catch {
            throw .failed("\(error)")
        }
    }
}
