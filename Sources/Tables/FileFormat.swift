/// The formats of files that can be read.
package enum FileFormat: String, Sendable, CaseIterable {
    case parquet, csv
    /// Also one array of objects.
    case jsonLines
    case arrow
}

extension FileFormat {
    /// The format of a file: by its first bytes where these leave no doubt, else by its extension (".gz" and ".zst"
    /// aside).
    static func detect(path: String, head: [UInt8]) throws(TableError) -> FileFormat {
        if head.starts(with: Array("PAR1".utf8)) { return .parquet }
        if head.starts(with: Array("ARROW1".utf8)) { return .arrow }
        if head.starts(with: Array("FEA1".utf8)) {
            throw .unknownFormat(path: path, hint: "this is a Feather file of version 1; write it as version 2")
        }
        if head.starts(with: Array("PK\u{3}\u{4}".utf8)) {
            throw .unknownFormat(
                path: path, hint: "this is a zip archive or an Excel workbook; unpack it or export it as CSV")
        }
        var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        for compression in [".gz", ".zst"] where name.hasSuffix(compression) { name.removeLast(compression.count) }
        let parts = name.split(separator: ".")
        switch parts.count > 1 ? parts.last : nil {
        case "parquet", "pq", "parq": return .parquet
        case "csv", "tsv", "tab": return .csv
        case "jsonl", "ndjson", "json": return .jsonLines
        case "arrow", "arrows", "feather", "ipc": return .arrow
        default: break
        }
        if head.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) { return .arrow }
        let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
        if let first = text.first(where: { !$0.isBlank }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            return .jsonLines
        }
        throw .unknownFormat(path: path, hint: "the format of this file is not known by its name or its first bytes")
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isDigit: Bool { self &- 0x30 < 10 }
}

/// How a text file is laid out: what is told of it, and what its first bytes show.
struct TextLayout {
    var encoding = TextEncoding.utf8
    var escape: TextOptions.Escape?
    var delimiter = UInt8(ascii: ",")
    /// Lines before the header.
    var skippedLines = 0

    init(encoding: TextEncoding) { self.encoding = encoding }

    /// - Parameter head: the file's first bytes, in UTF-8.
    init(head: [UInt8], options: TextOptions) {
        encoding = options.encoding
        escape = options.escape
        if let delimiter = Self.delimiterOfFirstLine(head) {
            self.delimiter = delimiter
            skippedLines = 1
        } else {
            delimiter = csvDelimiter(header: head)
        }
    }

    /// A first line such as "sep=;", by which spreadsheets are told the delimiter.
    private static func delimiterOfFirstLine(_ head: [UInt8]) -> UInt8? {
        let line = head.prefix { $0 != UInt8(ascii: "\n") }.filter {
            $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\r")
        }
        guard line.count == 5, String(decoding: line.prefix(4), as: UTF8.self).lowercased() == "sep=" else {
            return nil
        }
        return line[4]
    }
}

/// Which of the usual characters separates the fields of a CSV header: the one that occurs most outside of quotes; the
/// earlier of comma, semicolon, tab and bar where they tie.
func csvDelimiter(header head: [UInt8]) -> UInt8 {
    let candidates = Array(",;\t|".utf8)
    var counts = [0, 0, 0, 0]
    var quoted = false
    var started = false
    for byte in head {
        if byte == UInt8(ascii: "\"") { quoted.toggle() }
        if quoted { continue }
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            if started { break }
            continue
        }
        started = true
        if let candidate = candidates.firstIndex(of: byte) { counts[candidate] += 1 }
    }
    let most = counts.max() ?? 0
    return candidates[counts.firstIndex(of: most) ?? 0]
}
