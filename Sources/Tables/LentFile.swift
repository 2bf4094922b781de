internal import ArrowBridge

/// A file that is on another machine, and is read here at a path of its own as if it were here: its bytes are fetched, range by
/// range, as they are needed. It is there as long as this value is used within `withLentFile`.
package func withLentFile<Value, Failure: Error>(
    at path: String, size: Int, fetch: @escaping @Sendable (_ offset: Int, _ count: Int) -> [UInt8]?,
    _ body: () throws(Failure) -> Value
) throws(Failure) -> Value {
    let file = LentFile(fetch)
    ab_lend(
        path, Int64(size),
        { context, offset, count, bytes in
            guard let context, let bytes else { return -1 }
            let file = Unmanaged<LentFile>.fromOpaque(context).takeUnretainedValue()
            guard let fetched = file.fetch(Int(offset), Int(count)), fetched.count <= count else { return -1 }
            fetched.withUnsafeBytes { UnsafeMutableRawPointer(bytes).copyMemory(from: $0) }
            return Int64(fetched.count)
        }, Unmanaged.passUnretained(file).toOpaque())
    defer {
        ab_take_back(path)
        withExtendedLifetime(file) {}
    }
    return try body()
}

private final class LentFile: Sendable {
    let fetch: @Sendable (_ offset: Int, _ count: Int) -> [UInt8]?

    init(_ fetch: @escaping @Sendable (_ offset: Int, _ count: Int) -> [UInt8]?) { self.fetch = fetch }
}

extension UnsafeMutableRawPointer {
    fileprivate func copyMemory(from bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress { copyMemory(from: start, byteCount: bytes.count) }
    }
}
