import Foundation
import Logging

/// Writes each message as one line of JSON, in one piece, so that processes that share a file or pipe do not mix.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private struct Line: Encodable {
        var time: String
        var level: String
        var logger: String
        var message: String
        var metadata: [String: MetadataValue]?
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let line = Line(
            time: Date.now.ISO8601Format(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            level: event.level.rawValue, logger: label, message: "\(event.message)",
            metadata: all.isEmpty ? nil : all.mapValues { MetadataValue(value: $0) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts alone: there is nothing in it that cannot be encoded.
        guard let bytes = try? encoder.encode(line) else { return }
        StandardStream.error.write(Array(bytes) + [UInt8(ascii: "\n")])
    }
}

/// Metadata as JSON: texts, numbers as numbers, lists and objects.
private struct MetadataValue: Encodable {
    var value: Logger.MetadataValue

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .array(let values):
            var list = encoder.unkeyedContainer()
            for value in values { try list.encode(MetadataValue(value: value)) }
        case .dictionary(let values):
            var container = encoder.singleValueContainer()
            try container.encode(values.mapValues { MetadataValue(value: $0) })
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .stringConvertible(let value):
            var container = encoder.singleValueContainer()
            switch value {
            case let number as Int: try container.encode(number)
            case let number as UInt64: try container.encode(number)
            case let number as Double where number.isFinite: try container.encode(number)
            default: try container.encode(value.description)
            }
        }
    }
}
