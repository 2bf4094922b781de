internal import ArrowBridge

/// What one reader reads of a file.
package enum FilePart: Sendable, Equatable {
    /// Of a Parquet file.
    case rowGroups(Range<Int>)
    /// Of a CSV or JSON file, whole rows.
    case bytes(Range<Int>)
}

/// The shape of a file of rows: its columns, and where it can be cut. Holds no descriptor; a reader opens the file anew.
///
/// The kinds of CSV columns, and whether JSON texts are timestamps, are inferred from the first 20,000 rows (see
/// `KindVotes`); their values are read as text and converted by `Column.numbers()`, `.timestamps(...)` and `.texts()`, so
/// that a stray text in a numeric column is one unreadable value and not an error.
///
/// JSON fields of texts and numbers are of the kind of most of their values. Fields of objects, arrays or booleans in some
/// rows and other kinds in others cannot be used.
///
/// Cost: Parquet and Arrow files, their footer; CSV, 20,000 rows; JSON, one pass over the file, because a field may
/// appear for the first time in its last row.
package struct TableFile: Sendable {
    package let path: String
    package let format: FileFormat
    package let schema: Schema
    /// What the texts of CSV columns, and of JSON fields that hold numbers too, could be read as, by the field's name.
    package let votes: [String: KindVotes]
    /// The rows of each row group of a Parquet file; empty for other formats.
    package let rowGroups: [Int]
    /// The size of the file.
    package let byteCount: Int
    let layout: TextLayout
    private let numberStyle: NumberStyle
    let jsonTypes: [UInt8]
    /// The bridge's columns of the schema's fields, then of its records; none for those that the file has by its place.
    private let columns: [[Int]]
    private let constants: [ConstantColumn]
    /// The names of the columns that it has by its place.
    package var constantNames: Set<String> { Set(constants.map(\.name)) }

    static let inferredRows = 20_000

    /// What it took a pass over a JSON file to find out, so that others may open it without; empty of other formats.
    package var foundTypes: [UInt8] { format == .jsonLines ? jsonTypes : [] }

    /// Opens the file at a local path. Throws when it is missing, empty or cannot be read, and when two columns bear
    /// the same name. A file of columns without rows is refused too, unless `allowingNoRows`.
    ///
    /// With the `foundTypes` of an earlier opening a JSON file is not looked through again. It has the same columns, of
    /// which those of timestamps are told as texts.
    ///
    /// - Parameters:
    ///   - keyPrefix: what keys of nested records may have before them and are the same (`Schema.keyPrefix`).
    ///   - constants: columns that it has by its place; a column of its own of that name comes before them.
    package init(
        path: String, options: TextOptions = TextOptions(), keyPrefix: String = "", constants: [ConstantColumn] = [],
        allowingNoRows: Bool = false, foundTypes: [UInt8] = []
    ) throws(TableError) {
        byteCount = try Self.size(of: path)
        var shape: FileShape
        let isKnown: Bool
        var head: [UInt8]
        do throws(BridgeFailure) {
            head = try firstBytes(of: path, encoding: .utf8, count: 1 << 16)
        } catch {
            throw error.reading(path)
        }
        if head.isEmpty { throw .noBytes(path: path) }
        format = try FileFormat.detect(path: path, head: head)
        if options.encoding != .utf8, format == .csv || format == .jsonLines {
            do throws(BridgeFailure) {
                head = try firstBytes(of: path, encoding: options.encoding, count: 1 << 16)
            } catch {
                throw error.reading(path)
            }
        }
        layout = TextLayout(head: head, options: options)
        if options.encoding == .utf8, format == .csv || format == .jsonLines, head.prefix(64).contains(0) {
            throw .unreadable(
                path: path, reason: "it has zeros between its characters: set `encoding: utf-16` beside its path")
        }
        isKnown = format == .jsonLines && !foundTypes.isEmpty
        do throws(BridgeFailure) {
            shape =
                isKnown
                ? try FileShape(jsonTypes: foundTypes, keyPrefix: keyPrefix)
                : try FileShape(path: path, format: format, layout: layout, keyPrefix: keyPrefix)
        } catch {
            throw error.reading(path)
        }
        let hasColumns = !shape.schema.fields.isEmpty || !shape.schema.records.isEmpty
        if !shape.hasRows, shape.broken.count > 0 { throw .allRowsBroken(path: path, shape.broken) }
        if !hasColumns { throw .noHeader(path: path) }
        var names: Set<String> = []
        for field in shape.schema.fields where !names.insert(field.name).inserted {
            throw .duplicateColumn(path: path, column: field.name)
        }
        if !shape.hasRows, !allowingNoRows { throw .noRows(path: path) }

        self.path = path
        numberStyle = options.numbers
        rowGroups = shape.rowGroups
        jsonTypes = shape.jsonTypes
        let isInferred = format == .csv || (format == .jsonLines && !isKnown)
        votes = isInferred ? try Self.infer(&shape, path, format, layout, options.numbers) : [:]
        self.constants = constants.filter { shape.schema.field($0.name) == nil }
        let places = self.constants.map { constant -> Field in
            var votes = KindVotes()
            let texts = TextValues(
                codes: constant.value == nil ? [-1] : [0], dictionary: constant.value.map { [$0] } ?? [])
            votes.add(texts, rows: 1, style: NumberStyle())
            return Field(name: constant.name, kind: votes.kind)
        }
        let fieldCount = shape.schema.fields.count
        shape.schema.fields += places
        shape.columns.insert(contentsOf: places.map { _ in [] }, at: fieldCount)
        schema = shape.schema
        columns = shape.columns
    }

    private static func size(of path: String) throws(TableError) -> Int {
        guard let place = try look(at: path) else { throw .missing(path: path) }
        if place.isDirectory { throw .unreadable(path: path, reason: "it is a directory; give the files in it") }
        if place.isSpecial {
            throw .unreadable(
                path: path,
                reason: "it is a pipe, a socket or a device, which is read once only; write it to a file first")
        }
        if place.size == 0 { throw .noBytes(path: path) }
        return place.size
    }

    /// Gives the text columns of a shape their kinds, by their first rows.
    private static func infer(
        _ shape: inout FileShape, _ path: String, _ format: FileFormat, _ layout: TextLayout, _ style: NumberStyle
    ) throws(TableError) -> [String: KindVotes] {
        let fields = shape.schema.fields
        let places = fields.indices.filter { fields[$0].kind == .text }
        let requests = places.map { place in
            let steps = fields[place].steps
            return ColumnRequest(columns: shape.columns[place], steps: steps, choices: steps.map { _ in .all })
        }
        let reader = try TableReader(
            path: path, format: format, layout: layout, jsonTypes: shape.jsonTypes, requests: requests,
            names: places.map { fields[$0].name })
        var votes = [KindVotes](repeating: KindVotes(), count: places.count)
        var rows = 0
        while rows < Self.inferredRows, let table = try reader.next() {
            for (index, column) in table.columns.enumerated() {
                if case .texts(let texts) = column.values {
                    votes[index].add(texts, rows: min(table.rowCount, Self.inferredRows - rows), style: style)
                }
            }
            rows += table.rowCount
        }
        var found: [String: KindVotes] = [:]
        for (place, votes) in zip(places, votes) {
            // JSON says itself what is a number: a text of digits is meant as text, where there are only texts.
            let isCounted = format == .csv || shape.mixed.contains(place)
            if isCounted { found[fields[place].name] = votes }
            if isCounted || votes.kind == .timestamp { shape.schema.fields[place].kind = votes.kind }
        }
        return found
    }

    /// The parts of a CSV or JSON file of some `partBytes` each, cut between rows; empty where it cannot be cut, because it
    /// is smaller, compressed, in another encoding than UTF-8 or one JSON array, and of other formats.
    ///
    /// Cost: a look at every quote of a CSV file, or at the lines around each cut of a JSON file.
    package func parts(ofBytes partBytes: Int) throws(TableError) -> [FilePart] {
        guard format == .csv || format == .jsonLines, byteCount >= 2 * partBytes else { return [] }
        do throws(BridgeFailure) {
            let cuts = try textCuts(of: path, format: format, layout: layout, byteCount: byteCount, wanted: partBytes)
            return cuts.isEmpty ? [] : zip([0] + cuts, cuts + [byteCount]).map { .bytes($0..<$1) }
        } catch {
            throw error.reading(path)
        }
    }

    /// A reader of some columns, given by their paths (see `Schema.field(_:)`), which come under these and in the order
    /// asked, and of a part of the file (nil: all).
    ///
    /// - Parameters:
    ///   - exact: those of which no digit may be lost: their values come as they are written, as texts where they are no
    ///     whole numbers of 64 bits, and bytes that are no text in their encoding are an error (`noText`).
    ///   - styled: those whose texts are numbers in the style of the file's options, and come as programs write them.
    ///
    /// Throws when there is no such column or part, or the column's type cannot be used.
    package func reader(
        columns: [String], part: FilePart? = nil, exact: Set<String> = [], styled: Set<String> = []
    ) throws(TableError) -> TableReader {
        var requests: [ColumnRequest] = []
        var constants: [Int: ConstantColumn] = [:]
        for (index, column) in columns.enumerated() {
            guard let found = schema.resolve(column) else {
                throw .unknownColumn(path: path, column: column, columns: schema.fields.map(\.name))
            }
            if case .unsupported(let type) = found.kind {
                throw .unsupportedColumn(path: path, column: column, type: type)
            }
            if self.columns[found.place].isEmpty {
                constants[index] = self.constants.first { $0.name == found.field.name }
                continue
            }
            requests.append(
                ColumnRequest(
                    columns: self.columns[found.place], steps: found.field.steps, choices: found.choices,
                    isExact: exact.contains(column)))
        }
        switch part {
        case .rowGroups(let range) where range.lowerBound < 0 || range.upperBound > rowGroups.count:
            let reason = "row groups \(range) are asked of a file that has \(rowGroups.count)"
            throw .unreadable(path: path, reason: reason)
        case .bytes(let range) where range.lowerBound < 0 || range.isEmpty || range.upperBound > byteCount:
            throw .unreadable(path: path, reason: "bytes \(range) are asked of a file that has \(byteCount)")
        default: break
        }
        let own = columns.indices.filter { constants[$0] == nil }
        let reader = try TableReader(
            path: path, format: format, layout: layout, jsonTypes: jsonTypes, requests: requests,
            names: own.map { columns[$0] }, part: part)
        reader.constants = constants.sorted { $0.key < $1.key }.map {
            (place: $0.key, name: columns[$0.key], $0.value.value)
        }
        if !numberStyle.isPlain { reader.style = (numberStyle, styled) }
        return reader
    }
}
