import Events
import Features
import Foundation

/// What became of earlier results when others took their place: a run's own files are gone, and whatever else was there
/// is beside the new ones.
struct Replaced: Sendable {
    /// "the results of 2026-05-01 (churn, 43 files)"; nil: there were none.
    private(set) var words: String?
    /// What was not a run's, and where it is now; paths in the output.
    private(set) var kept: [(from: String, to: String)] = []
    /// What could not be brought over, and where it is; and the reason.
    private(set) var stranded: (path: String, reason: String)?

    /// How often a folder is looked through again because somebody has put something there meanwhile.
    private static let mostRounds = 8

    init() {}

    /// Brings everything that is not a run's from `source` to `target`, makes that durable, and removes the rest.
    /// A process that ends on the way leaves each file in one of the two, and all can be done once more.
    init(takingAway source: String, for target: String, _ steps: inout PublishingSteps) throws(StoreError) {
        for _ in 0..<Self.mostRounds {
            let published = try PublishedResults(folder: source, isKnown: true)
            if words == nil { words = published?.words }
            let inventory = try ResultsInventory(of: source, published)
            var carrier = Carrier(source: source, target: target)
            for path in inventory.changed { carrier.carry(path, asBefore: true, &steps) }
            for path in inventory.foreign { carrier.carry(path, asBefore: false, &steps) }
            try carrier.sync()
            kept += carrier.kept
            stranded = carrier.stranded
            guard stranded == nil else { return }
            for path in inventory.own {
                guard unlink("\(source)/\(path)") == 0 || errno == ENOENT else {
                    throw StoreError("remove", "\(source)/\(path)")
                }
                steps.pass()
            }
            for path in inventory.folders { rmdir("\(source)/\(path)") }
            if rmdir(source) == 0 || errno == ENOENT { return }
            guard errno == ENOTEMPTY || errno == EEXIST else { throw StoreError("remove", source) }
        }
        stranded = (source, "something is written there again and again")
    }

    /// For the one who runs it, a line each.
    var notes: [String] {
        var notes = words.map { ["replaced \($0)"] } ?? []
        func add(_ what: String, _ list: [String]) {
            guard !list.isEmpty else { return }
            let more = list.count > 10 ? ", and \(list.count - 10) more" : ""
            notes.append("\(what): \(list.prefix(10).joined(separator: ", "))\(more)")
        }
        add("kept beside the new results what is not of a run", kept.filter { $0.from == $0.to }.map(\.to))
        add(
            "kept under another name what had been changed or has its name taken",
            kept.filter { $0.from != $0.to }.map { "\($0.from) as \($0.to)" })
        return notes
    }

    var warning: String? {
        stranded.map {
            "\($0.path) is not of a run and could not be put beside the new results (\($0.reason)): it is still there; move "
                + "it to where it belongs"
        }
    }
}

/// Moves files and folders from one folder to the same places in another, over nothing that is there.
private struct Carrier {
    let source: String
    let target: String
    private(set) var kept: [(from: String, to: String)] = []
    private(set) var stranded: (path: String, reason: String)?
    private var touched: Set<String> = []

    init(source: String, target: String) {
        self.source = source
        self.target = target
    }

    mutating func carry(_ path: String, asBefore: Bool, _ steps: inout PublishingSteps) {
        do throws(StoreError) {
            let isFolder = PublishedResults.status("\(source)/\(path)")?.isFolder ?? false
            if isFolder, !asBefore, PublishedResults.status("\(target)/\(path)")?.isFolder ?? false {
                return try merge(path, &steps)
            }
            let place = try place(for: path, asBefore: asBefore)
            try Files.move("\(source)/\(path)", toFree: "\(target)/\(place)")
            touched.insert(URL(fileURLWithPath: "\(target)/\(place)").deletingLastPathComponent().path)
            kept.append((path, place))
            steps.pass()
        } catch {
            stranded = ("\(source)/\(path)", error.description)
        }
    }

    private mutating func merge(_ folder: String, _ steps: inout PublishingSteps) throws(StoreError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: "\(source)/\(folder)")
        } catch {
            throw StoreError("read the folder", "\(source)/\(folder)", EACCES)
        }
        for name in names.sorted() { carry("\(folder)/\(name)", asBefore: false, &steps) }
        rmdir("\(source)/\(folder)")
    }

    /// The same path, or one with ".before" where something else has that; folders on the way to it are made.
    private func place(for path: String, asBefore: Bool) throws(StoreError) -> String {
        let parts = path.split(separator: "/")
        var (place, original) = ("", source)
        for part in parts.dropLast() {
            original += "/\(part)"
            place += place.isEmpty ? "\(part)" : "/\(part)"
            while let status = PublishedResults.status("\(target)/\(place)"), !status.isFolder { place += ".before" }
            let mode = PublishedResults.status(original).map { $0.st_mode & 0o7777 } ?? 0o755
            guard mkdir("\(target)/\(place)", mode) == 0 || errno == EEXIST else {
                throw StoreError("make the folder", "\(target)/\(place)")
            }
        }
        place += (place.isEmpty ? "" : "/") + (parts.last ?? "")
        let name = place
        if asBefore { place += ".before" }
        var number = 1
        while PublishedResults.status("\(target)/\(place)") != nil {
            place = name + ".before" + (number == 1 ? "" : "-\(number)")
            number += 1
        }
        return place
    }

    func sync() throws(StoreError) {
        for folder in touched.sorted() { try Files.sync(folder) }
        if !touched.isEmpty { try Files.sync(target) }
    }
}
