internal import ArrowBridge

/// What a call into the bridge failed with.
enum BridgeFailure: Error {
    case failed(String)
    case conflict(column: String, reason: String)
    /// A column that is to be read exactly holds bytes that are no text; `isRaw`: the file says that they are bytes.
    case noText(column: String, example: String, isRaw: Bool)

    var reason: String {
        switch self {
        case .failed(let reason), .conflict(_, let reason), .noText(_, let reason, _): reason
        }
    }

    /// The error of a file that was being read.
    func reading(_ path: String) -> TableError {
        switch self {
        case .failed(let reason): .unreadable(path: path, reason: Self.reason(reason, of: path))
        case .conflict(let column, let reason): .conflict(path: path, column: column, reason: reason)
        case .noText(let column, let example, let isRaw):
            .noText(path: path, column: column, example: example, isRaw: isRaw)
        }
    }

    func writing(_ path: String) -> TableError {
        switch self {
        case .failed(let reason), .conflict(_, let reason), .noText(_, let reason, _):
            .unwritable(path: path, reason: Self.reason(reason, of: path))
        }
    }

    private static func reason(_ reason: String, of path: String) -> String {
        ObjectStore.isAddress(path) ? ObjectStore.advised(reason) : reason
    }
}

/// Calls the bridge and takes over the message that it leaves.
func bridged(_ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> ab_code) throws(BridgeFailure) {
    var message: UnsafeMutablePointer<CChar>?
    let code = call(&message)
    defer { ab_free(message) }
    if code == AB_OK { return }
    let text = message.map { String(cString: $0) } ?? "Apache Arrow gave no reason"
    guard code == AB_CONFLICT, let end = text.firstIndex(of: "\n") else { throw .failed(text) }
    let reason = text[text.index(after: end)...]
    if text.hasPrefix("\u{2}"), let kindEnd = reason.firstIndex(of: "\n") {
        throw .noText(
            column: String(text[..<end].dropFirst()), example: String(reason[reason.index(after: kindEnd)...]),
            isRaw: reason[..<kindEnd] == "raw")
    }
    throw .conflict(column: String(text[..<end]), reason: String(reason))
}

extension FileFormat {
    var bridged: ab_format {
        switch self {
        case .parquet: AB_PARQUET
        case .arrow: AB_ARROW
        case .csv: AB_CSV
        case .jsonLines: AB_JSON
        }
    }
}

extension ColumnKind {
    init(_ kind: ab_kind, type: String) {
        self =
            switch UInt8(bitPattern: kind) {
            case UInt8(ascii: "b"): .boolean
            case UInt8(ascii: "l"): .integer
            case UInt8(ascii: "g"): .number
            case UInt8(ascii: "t"): .timestamp
            case UInt8(ascii: "u"), UInt8(ascii: "m"): .text
            case UInt8(ascii: "n"): .empty
            // Of a record it is asked whether it is there.
            case UInt8(ascii: "s"): .boolean
            default: .unsupported(type)
            }
    }

    /// nil of kinds that cannot be written.
    var bridged: ab_kind? {
        switch self {
        case .boolean: ab_kind(UInt8(ascii: "b"))
        case .integer: ab_kind(UInt8(ascii: "l"))
        case .number: ab_kind(UInt8(ascii: "g"))
        case .timestamp: ab_kind(UInt8(ascii: "t"))
        case .text, .empty: ab_kind(UInt8(ascii: "u"))
        case .list, .unsupported: nil
        }
    }
}

/// A file's shape as the bridge reports it.
struct FileShape {
    var schema = Schema(fields: [])
    /// The bridge's columns of the schema's fields, then of its records: more than one where keys differ in their prefix alone.
    var columns: [[Int]] = []
    var rowGroups: [Int] = []
    var hasRows = false
    /// The types of JSON, to be handed back when reading.
    var jsonTypes: [UInt8] = []
    /// The fields of JSON that hold texts in some rows and numbers in others, by their place in the schema.
    var mixed: Set<Int> = []
    var broken = BrokenRows()

    init(path: String, format: FileFormat, layout: TextLayout, keyPrefix: String) throws(BridgeFailure) {
        var opened: OpaquePointer?
        var text = layout.bridged
        try bridged { ab_shape_open(path, format.bridged, &text, &opened, $0) }
        if let opened { take(opened, keyPrefix) }
    }

    /// The shape of a JSON file whose types are known.
    init(jsonTypes: [UInt8], keyPrefix: String) throws(BridgeFailure) {
        var opened: OpaquePointer?
        try bridged { ab_shape_of_types(jsonTypes, Int64(jsonTypes.count), &opened, $0) }
        if let opened { take(opened, keyPrefix) }
    }

    private mutating func take(_ shape: OpaquePointer, _ keyPrefix: String) {
        defer { ab_shape_free(shape) }
        var all: [Field] = []
        var isRecord: [Bool] = []
        var isMixed: [Bool] = []
        for column in 0..<ab_shape_column_count(shape) {
            let code = ab_shape_kind(shape, column)
            let kind = ColumnKind(code, type: String(cString: ab_shape_type(shape, column)))
            let steps = (0..<ab_shape_step_count(shape, column)).map { step in
                switch ab_shape_step(shape, column, step) {
                case AB_ITEMS: FieldStep.items
                case AB_ENTRIES: FieldStep.entries
                default: FieldStep.key(String(cString: ab_shape_step_name(shape, column, step)))
                }
            }
            let isList = steps.contains(.items) || steps.contains(.entries)
            all.append(
                Field(
                    name: steps.name(without: keyPrefix), kind: isList && kind.isUsable ? .list(kind) : kind,
                    steps: steps))
            isRecord.append(UInt8(bitPattern: code) == UInt8(ascii: "s"))
            isMixed.append(UInt8(bitPattern: code) == UInt8(ascii: "m"))
        }
        let (first, spellings) = all.joinSpellings(without: keyPrefix)
        all.keepPrefixesOfRepeatedNames(first)
        let fieldPlaces = all.placesOfReachable(first.filter { !isRecord[$0] })
        let places = fieldPlaces + first.filter { isRecord[$0] }
        let fieldCount = fieldPlaces.count
        columns = places.map { spellings[$0] }
        schema = Schema(
            fields: places[..<fieldCount].map { all[$0] }, records: places[fieldCount...].map { all[$0] },
            keyPrefix: keyPrefix)
        rowGroups = (0..<ab_shape_row_group_count(shape)).map { Int(ab_shape_row_group_rows(shape, $0)) }
        mixed = Set(fieldPlaces.indices.filter { isMixed[fieldPlaces[$0]] })
        hasRows = ab_shape_has_rows(shape) != 0
        broken = BrokenRows(count: Int(ab_shape_broken(shape))) { ab_shape_broken_reason(shape, $0) }
        var count: Int64 = 0
        if let types = ab_shape_types(shape, &count) {
            jsonTypes = Array(UnsafeBufferPointer(start: types, count: Int(count)))
        }
    }
}

extension BrokenRows {
    init(count: Int, headers: Int = 0, reason: (Int32) -> UnsafePointer<CChar>?) {
        self.init(count: count, headers: headers)
        while let next = reason(Int32(reasons.count)) { reasons.append(String(cString: next)) }
    }

    /// What a reader has left out so far.
    init(ofReader reader: OpaquePointer) {
        self.init(count: Int(ab_reader_broken(reader)), headers: Int(ab_reader_headers(reader))) {
            ab_reader_broken_reason(reader, $0)
        }
    }
}

extension TextLayout {
    var bridged: ab_text {
        let code: ab_encoding =
            switch encoding {
            case .utf8: AB_UTF8
            case .utf16: AB_UTF16
            case .latin1: AB_LATIN1
            case .windows1252: AB_WINDOWS1252
            }
        let escape: UInt8 =
            switch escape {
            case nil: 0
            case .backslash: UInt8(ascii: "\\")
            case .quote: UInt8(ascii: "\"")
            }
        return ab_text(
            encoding: code, delimiter: CChar(bitPattern: delimiter), escape: CChar(bitPattern: escape),
            skipped_lines: Int32(skippedLines))
    }
}

/// The first bytes of a file, decompressed and in UTF-8: at most `count`.
func firstBytes(of path: String, encoding: TextEncoding, count: Int) throws(BridgeFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var read: Int64 = 0
    let code = TextLayout(encoding: encoding).bridged.encoding
    try bridged { error in
        bytes.withUnsafeMutableBufferPointer { ab_head(path, code, $0.baseAddress, Int64(count), &read, error) }
    }
    bytes.removeLast(count - Int(read))
    return bytes
}

/// Where a text file can be cut between rows into parts of at least `wanted` of its `byteCount` bytes.
func textCuts(
    of path: String, format: FileFormat, layout: TextLayout, byteCount: Int, wanted: Int
) throws(BridgeFailure) -> [Int] {
    var text = layout.bridged
    var cuts = [Int64](repeating: 0, count: byteCount / wanted + 1)
    var count: Int64 = 0
    try bridged { error in
        cuts.withUnsafeMutableBufferPointer {
            ab_text_cuts(
                path, format.bridged, &text, Int64(wanted), $0.baseAddress, Int64($0.count), &count, error)
        }
    }
    return cuts.prefix(Int(count)).map(Int.init)
}

/// A column to read: the bridge's columns that make it up, and what is taken at each step to them.
struct ColumnRequest {
    var columns: [Int]
    var steps: [FieldStep]
    var choices: [FieldChoice]
    /// Whether its values come in the digits and letters in which they are written.
    var isExact = false
}

/// An open reader, to be freed with `ab_reader_free`.
func openReader(
    path: String, format: FileFormat, layout: TextLayout, jsonTypes: [UInt8], requests: [ColumnRequest],
    part: FilePart?, batchRows: Int
) throws(BridgeFailure) -> OpaquePointer {
    let columns = requests.flatMap { $0.columns.map(Int32.init) }
    let exact: [UInt8] = requests.flatMap { [UInt8](repeating: $0.isExact ? 1 : 0, count: $0.columns.count) }
    var choices: [Int64] = []
    var names: [CChar] = []
    for request in requests.flatMap({ Array(repeating: $0, count: $0.columns.count) }) {
        for (step, choice) in zip(request.steps, request.choices) {
            switch (step, choice) {
            case (.key, _), (_, .entry): choices.append(0)
            case (_, .all): choices.append(-1)
            case (_, .item(let place)): choices.append(Int64(place))
            }
            if case .entry(let key) = choice { names += key.utf8CString } else { names.append(0) }
        }
    }
    var groups: Range<Int32> = -1..<(-1)
    var bytes: Range<Int64> = 0..<0
    switch part {
    case nil: break
    case .rowGroups(let range): groups = Int32(range.lowerBound)..<Int32(range.upperBound)
    case .bytes(let range): bytes = Int64(range.lowerBound)..<Int64(range.upperBound)
    }
    var opened: OpaquePointer?
    try bridged { error in
        columns.withUnsafeBufferPointer { columns in
            choices.withUnsafeBufferPointer { choices in
                names.withUnsafeBufferPointer { names in
                    jsonTypes.withUnsafeBufferPointer { types in
                        exact.withUnsafeBufferPointer { exact in
                            var request = ab_request(
                                columns: columns.baseAddress, column_count: Int32(columns.count),
                                choices: choices.baseAddress, names: names.baseAddress,
                                first_group: groups.lowerBound, end_group: groups.upperBound,
                                first_byte: bytes.lowerBound, end_byte: bytes.isEmpty ? -1 : bytes.upperBound,
                                exact: exact.baseAddress, text: layout.bridged, types: types.baseAddress,
                                type_bytes: Int64(types.count), batch_rows: Int64(batchRows))
                            return ab_reader_open(path, format.bridged, &request, &opened, error)
                        }
                    }
                }
            }
        }
    }
    guard let opened else { throw .failed("Apache Arrow gave no reader") }
    return opened
}

extension [Field] {
    /// Gives the first of the fields that differ in the prefix of keys alone the kind that holds the values of all. Returns where
    /// those are that come first, and for each of them where all of its spellings are.
    fileprivate mutating func joinSpellings(without prefix: String) -> (first: [Int], spellings: [[Int]]) {
        var places: [[FieldStep]: Int] = [:]
        var first: [Int] = []
        var spellings = [[Int]](repeating: [], count: count)
        for index in indices {
            let steps = self[index].steps.without(prefix)
            let known = places[steps]
            if let known, !spellings[known].contains(where: { self[$0].steps == self[index].steps }) {
                spellings[known].append(index)
                self[known].kind = self[known].kind.joined(with: self[index].kind)
            } else {
                if known == nil { places[steps] = index }
                first.append(index)
                spellings[index] = [index]
            }
        }
        return (first, spellings)
    }

    /// Names that two fields share without the prefix of keys are those with it.
    fileprivate mutating func keepPrefixesOfRepeatedNames(_ places: [Int]) {
        var uses: [String: Int] = [:]
        for place in places { uses[self[place].name, default: 0] += 1 }
        for index in places where uses[self[index].name] != 1 {
            self[index].name = self[index].steps.name(without: "")
        }
    }

    /// The fields among `places` without those that look like a name with dots in it, which comes before them.
    fileprivate func placesOfReachable(_ places: [Int]) -> [Int] {
        var shortest: [String: Int] = [:]
        for place in places {
            shortest[self[place].name] = Swift.min(shortest[self[place].name] ?? .max, self[place].steps.count)
        }
        return places.filter { self[$0].steps.count == shortest[self[$0].name] }
    }
}
