import Tables

extension NewFile {
    /// Writes a table as Parquet under a temporary name, syncs it, and gives it its own, so that a reader sees the whole file or
    /// none; what proves it.
    ///
    /// - Parameter root: the folder that the file must be below; nil where the user has named the place.
    static func write(_ table: Table, to path: String, below root: RunDirectory?) throws -> (hash: String, bytes: Int) {
        var file = try NewFile(path, below: root)
        let writer = try TableWriter(
            path: path, descriptor: file.descriptor,
            schema: table.columns.map { Field(name: $0.name, kind: $0.values.kind) })
        try writer.write(table)
        try writer.close()
        let proof = try Digest.sha256(of: file.descriptor, path)
        try file.commit()
        return proof
    }
}
