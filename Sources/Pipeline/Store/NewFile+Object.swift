import Tables

extension NewFile {
    /// Writes a copy of a file or an object under a temporary name, syncs it, and gives it its own.
    ///
    /// - Parameter root: see `NewFile`.
    static func write(
        _ source: borrowing RangedFile, to path: String, below root: RunDirectory?
    ) throws(StoreError) {
        var file = try NewFile(path, below: root)
        var offset = 0
        while offset < source.size {
            let piece: [UInt8]
            do throws(TableError) {
                piece = try source.read(offset..<min(source.size, offset + 8 << 20))
            } catch {
                throw .unreadable(reason: "\(error)")
            }
            try Files.write(file.descriptor, path, piece, offset: offset)
            offset += piece.count
        }
        try file.commit()
    }
}
