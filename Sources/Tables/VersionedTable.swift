/// Tables whose folder holds files of earlier versions, and rows that have been deleted, beside the current ones. Their
/// files alone do not tell which rows are in the table, so that reading them would be wrong without a sign of it.
enum VersionedTable: String {
    case delta = "Delta"
    case iceberg = "Iceberg"
    case hudi = "Hudi"

    /// Throws where one of the files lies in the folder of such a table. Cost: a few looks for each folder and those above.
    static func refuse(filesAmong paths: [String]) throws(TableError) {
        var known: Set<String> = []
        for path in paths {
            var folder = Substring(path)
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                guard known.insert(String(folder)).inserted else { break }
                if ObjectStore.isAddress(path), folder.utf8.count < (ObjectStore.bucket(of: path)?.utf8.count ?? 0) {
                    break
                }
                if let kind = kind(of: folder.isEmpty ? "/" : String(folder)) {
                    throw .versionedTable(path: String(folder), kind: kind.rawValue)
                }
            }
        }
    }

    private static func kind(of folder: String) -> VersionedTable? {
        func isFolder(_ name: String) -> Bool {
            do throws(TableError) {
                return try look(at: "\(folder)/\(name)")?.isDirectory ?? false
            } catch {
                // Who may read the files need not be allowed to look at what is above them.
                return false
            }
        }
        if isFolder("_delta_log") { return .delta }
        if isFolder(".hoodie") { return .hudi }
        guard isFolder("metadata"), isFolder("data") else { return nil }
        // A folder that cannot be listed is found out when its files are read.
        let names = ((try? entries(of: "\(folder)/metadata")) ?? []).map(\.name)
        return names.contains { $0.hasSuffix(".metadata.json") || $0 == "version-hint.text" } ? .iceberg : nil
    }
}
