import Foundation

/// A file that a command writes where its user has said: it takes the place of one of its own kind and of nothing else.
struct NamedFile {
    let path: String
    private let isStream: Bool

    /// - Parameters:
    ///   - words: what is written, for messages: "a page".
    ///   - isOwn: whether a file that is there is one of those.
    init(_ text: String, _ words: String, replacing isOwn: (String) -> Bool) throws(RunError) {
        do throws(RunFolderError) {
            path = try OutputPlace(text).path
        } catch {
            throw .input("\(error)")
        }
        guard let status = PublishedResults.status(path) else {
            isStream = false
            return
        }
        if status.isFolder { throw .input("\(path) is a folder; name a file with --output") }
        isStream = !status.isFile
        guard isStream || status.st_size == 0 || isOwn(path) else {
            throw .input("\(path) is there and is not \(words) that propensity made; name another file, or remove it")
        }
    }

    func write(_ bytes: [UInt8]) throws(StoreError) {
        guard isStream else { return try Files.write(bytes, to: path) }
        // A pipe or a device: it stays what it is.
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("write", path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StoreError("write", path) }
            rest = rest.dropFirst(count)
        }
    }
}
