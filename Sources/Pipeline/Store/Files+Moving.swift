import CLinux
import Foundation

extension Files {
    /// Gives a file or folder another name, which nothing has yet.
    static func move(_ from: String, toFree to: String) throws(StoreError) {
        if move_to_free_name(from, to) == 0 { return }
        guard errno == EINVAL || errno == ENOSYS else { throw StoreError("move \(from) to", to) }
        // A file system that cannot look and move in one step.
        var status = stat()
        guard lstat(to, &status) != 0 else { throw StoreError("move \(from) to", to, EEXIST) }
        guard rename(from, to) == 0 else { throw StoreError("move \(from) to", to) }
    }

    /// Why a file or folder cannot be moved out of its folder, or removed; nil if nothing is known to be in the way.
    static func obstacleToMoving(_ path: String) -> String? {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var (file, folder) = (stat(), stat())
        guard lstat(path, &file) == 0, stat(parent, &folder) == 0 else { return String(cString: strerror(errno)) }
        if access(parent, W_OK | X_OK) != 0 { return "\(parent): \(String(cString: strerror(errno)))" }
        if is_nailed_down(path) != 0 { return "it is immutable" }
        let user = geteuid()
        if user == 0 { return nil }
        // Where everybody may write, everybody may take away their own only.
        if folder.st_mode & S_ISVTX != 0, file.st_uid != user, folder.st_uid != user { return "it is another user's" }
        // A folder that moves has its parent written down in it.
        if file.isFolder, access(path, W_OK) != 0 { return String(cString: strerror(errno)) }
        return nil
    }

    /// Makes a folder and all that is in it durable.
    static func syncTree(_ folder: String) throws(StoreError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw StoreError("read the folder", folder, EIO)
        }
        for name in names.sorted() {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { throw StoreError("look at", path) }
            if status.isFolder {
                try syncTree(path)
            } else if status.isFile {
                try sync(path)
            }
        }
        try sync(folder)
    }
}
