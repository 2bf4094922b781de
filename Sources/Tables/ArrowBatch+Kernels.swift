internal import ArrowBridge

/// A batch as the bridge exports it, through the Arrow C data interface; released with the value.
///
/// The bridge guarantees the forms that `ArrowBridge.h` lists, buffers of the lengths that Arrow's layout asks for
/// and codes within their dictionary, so nothing is checked row by row here.
struct ArrowBatch: ~Copyable {
    private var schema = ArrowSchema()
    private var array = ArrowArray()

    /// nil at the end of the file.
    init?(next reader: OpaquePointer) throws(BridgeFailure) {
        try bridged { ab_reader_next(reader, &schema, &array, $0) }
        if array.release == nil { return nil }
    }

    deinit {
        var (schema, array) = (schema, array)
        if let release = array.release { release(&array) }
        if let release = schema.release { release(&schema) }
    }

    /// The batch as Swift arrays, under the names given.
    func table(names: [String]) -> Table {
        let columns = names.indices.map { index in
            Self.column(names[index], schema.children[index]!.pointee, array.children[index]!.pointee)
        }
        return Table(columns: columns, rowCount: Int(array.length))
    }

    private static func column(_ name: String, _ type: ArrowSchema, _ array: ArrowArray) -> Column {
        let valid = validity(array)
        if type.dictionary != nil { return Column(name: name, values: .texts(texts(array, valid: valid))) }
        switch UInt8(bitPattern: type.format[0]) {
        case UInt8(ascii: "b"):
            return Column(name: name, values: .booleans(bits(array.buffers[1], array, unless: valid)), valid: valid)
        case UInt8(ascii: "l"):
            return Column(name: name, values: .integers(copied(array, missing: 0, valid: valid)), valid: valid)
        case UInt8(ascii: "g"):
            return Column(name: name, values: .numbers(copied(array, missing: .nan, valid: valid)), valid: valid)
        case UInt8(ascii: "+"):
            return Column(name: name, values: .lists(lists(name, type, array)))
        default:
            // "tsu:" and the zone.
            let values: [Int64] = copied(array, missing: 0, valid: valid)
            let isNaive = type.format[4] == 0
            return Column(name: name, values: .timestamps(values), valid: valid, isNaive: isNaive)
        }
    }

    private static func validity(_ array: ArrowArray) -> [Bool]? {
        guard array.null_count != 0, let bitmap = array.buffers[0] else { return nil }
        let valid = bits(bitmap, array, unless: nil)
        return valid.contains(false) ? valid : nil
    }

    private static func bits(_ bitmap: UnsafeRawPointer?, _ array: ArrowArray, unless valid: [Bool]?) -> [Bool] {
        let (start, count) = (Int(array.offset), Int(array.length))
        guard let bytes = bitmap?.assumingMemoryBound(to: UInt8.self), count > 0 else {
            return [Bool](repeating: false, count: count)
        }
        return [Bool](unsafeUninitializedCapacity: count) { buffer, initialized in
            for row in 0..<count {
                let bit = start &+ row
                buffer[row] = bytes[bit &>> 3] & (1 &<< UInt8(truncatingIfNeeded: bit & 7)) != 0
            }
            if let valid { for row in 0..<count where !valid[row] { buffer[row] = false } }
            initialized = count
        }
    }

    /// The values, those of missing rows replaced: what lies under a null is the writer's accident.
    private static func copied<Value: BitwiseCopyable>(
        _ array: ArrowArray, missing: Value, valid: [Bool]?
    ) -> [Value] {
        let count = Int(array.length)
        guard let base = array.buffers[1]?.assumingMemoryBound(to: Value.self), count > 0 else {
            return [Value](repeating: missing, count: count)
        }
        var values = [Value](UnsafeBufferPointer(start: base + Int(array.offset), count: count))
        if let valid { for row in 0..<count where !valid[row] { values[row] = missing } }
        return values
    }

    /// A list, or a map, which is a list of records of a key and a value.
    private static func lists(_ name: String, _ type: ArrowSchema, _ array: ArrowArray) -> ListValues {
        let offsets = UnsafeBufferPointer(
            start: array.buffers[1]?.assumingMemoryBound(to: Int32.self), count: Int(array.length) + 1)
        let (itemType, items) = (type.children[0]!.pointee, array.children[0]!.pointee)
        guard UInt8(bitPattern: type.format[1]) == UInt8(ascii: "m") else {
            return ListValues(offsets: Array(offsets), items: column(name, itemType, items))
        }
        let keys = items.children[0]!.pointee
        return ListValues(
            offsets: Array(offsets), items: column(name, itemType.children[1]!.pointee, items.children[1]!.pointee),
            keys: texts(keys, valid: validity(keys)))
    }

    private static func texts(_ array: ArrowArray, valid: [Bool]?) -> TextValues {
        let codes: [Int32] = copied(array, missing: -1, valid: valid)
        let source = array.dictionary.pointee
        guard source.length > 0, let offsets = source.buffers[1]?.assumingMemoryBound(to: Int32.self) else {
            return TextValues(codes: codes, dictionary: [])
        }
        let bytes = source.buffers[2]?.assumingMemoryBound(to: UInt8.self)
        var repaired = false
        var dictionary: [String] = []
        dictionary.reserveCapacity(Int(source.length))
        for place in Int(source.offset)..<Int(source.offset + source.length) {
            let count = Int(offsets[place + 1] - offsets[place])
            let text = UnsafeBufferPointer(start: bytes.map { $0 + Int(offsets[place]) }, count: count)
            if text.allSatisfy({ $0 < 0x80 }) {
                dictionary.append(String(decoding: text, as: UTF8.self))
            } else if let valid = String(validating: text, as: UTF8.self) {
                dictionary.append(valid)
            } else {
                dictionary.append(String(decoding: text, as: UTF8.self))
                repaired = true
            }
        }
        let texts = TextValues(codes: codes, dictionary: dictionary)
        return repaired ? texts.withoutRepeats() : texts
    }
}

extension TextValues {
    /// Two texts that were not UTF-8 may have become the same when repaired.
    func withoutRepeats() -> TextValues {
        var places: [ByteText: Int32] = [:]
        var kept: [String] = []
        let map = dictionary.map { text in
            let key = ByteText(text)
            if let place = places[key] { return place }
            let place = Int32(kept.count)
            places[key] = place
            kept.append(text)
            return place
        }
        return TextValues(codes: codes.map { $0 < 0 ? -1 : map[Int($0)] }, dictionary: kept)
    }

    /// Texts are the same when their bytes are; `String` also takes canonically equivalent ones for equal.
    private struct ByteText: Hashable {
        let bytes: [UInt8]
        init(_ text: String) { bytes = Array(text.utf8) }
    }
}
