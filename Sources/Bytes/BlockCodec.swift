internal import CZstd

/// Makes blocks of bytes smaller, and brings them back: Zstandard (RFC 8878) at its fastest level.
///
/// Confined to one thread at a time. Cost: on one core some 400 MB/s to pack and 1 GB/s to unpack sums of training, which take half
/// the bytes then; about 1 MB of memory once both have been done.
package struct BlockCodec: ~Copyable {
    private let packing: OpaquePointer?
    private let unpacking: OpaquePointer?

    private static let level: Int32 = 1

    package init() {
        packing = ZSTD_createCCtx()
        unpacking = ZSTD_createDCtx()
    }

    deinit {
        ZSTD_freeCCtx(packing)
        ZSTD_freeDCtx(unpacking)
    }

    /// The block packed; nil where that would not save a tenth of it.
    package func packed(_ block: [UInt8]) -> [UInt8]? {
        guard let packing else { return nil }
        let room = block.count - block.count / 10
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let size = block.withUnsafeBytes {
                ZSTD_compressCCtx(packing, buffer.baseAddress, room, $0.baseAddress, $0.count, Self.level)
            }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// A block that was packed, which has so many bytes.
    package func unpacked(_ bytes: [UInt8], count: Int) throws(ByteError) -> [UInt8] {
        let block = [UInt8](unsafeUninitializedCapacity: count) { buffer, found in
            let size = bytes.withUnsafeBytes {
                ZSTD_decompressDCtx(unpacking, buffer.baseAddress, count, $0.baseAddress, $0.count)
            }
            found = ZSTD_isError(size) == 0 ? size : 0
        }
        guard unpacking != nil, block.count == count else { throw .badValue("packed block", offset: 0) }
        return block
    }
}
