import Foundation
import RunOutputs
import Tables

/// A folder that a run has filled, known by what its record says and not by what its files are called.
struct PublishedResults {
    enum Kind: String {
        case run, features

        /// The file that is written last and tells of the others.
        var mark: String { rawValue + ".json" }
    }

    /// What a file was when it was written.
    struct Proof: Hashable {
        var bytes: Int
        var sha256: String
    }

    let folder: String
    let kind: Kind
    /// For people: when it ran, and what.
    let day: String
    let title: String
    /// Every file that is a run's, by its path in the folder; without the mark.
    private(set) var files: [String: Proof]
    /// Whether the record itself is as it was written.
    let markIsWhole: Bool
    /// Whether it says what came to the outputs afterwards: earlier versions did not.
    let hasAdditions: Bool
    /// Until when it was written, in nanoseconds since 1970: what was touched later, somebody may have changed.
    let written: Int64

    /// The most that a record may be long: some hundred thousand outputs.
    static let longestRecord = 256 << 20

    /// What a run has left in the folder; nil if none has: a file of the right name that is not of our format, or that
    /// tells of files which are not there, is somebody else's.
    ///
    /// - Parameter isKnown: whether it is known to be a run's, of which files may have been removed already.
    init?(folder: String, isKnown: Bool = false) throws(StoreError) {
        for kind in [Kind.run, .features] {
            guard let status = Self.status("\(folder)/\(kind.mark)"), status.st_mode & S_IFMT == S_IFREG,
                status.st_size <= Self.longestRecord
            else { continue }
            let text = try Files.read("\(folder)/\(kind.mark)")
            guard let record = Record(text, kind) else { continue }
            let listed = Dictionary(record.outputs.map { ($0.path, $0.proof) }) { first, _ in first }
            if !isKnown {
                guard try Self.holdsAny(of: listed, folder) else { continue }
            }
            let additions = try Additions(inRunsFolder: folder)
            self.folder = folder
            self.kind = kind
            markIsWhole = RecordSeal.isWhole(text) ?? true
            written = markIsWhole ? min(status.modified, record.ended ?? 0) : 0
            day = String((record.started ?? Date(nanoseconds: status.modified).ISO8601Format()).prefix(10))
            title = record.title
            hasAdditions = additions != nil
            files = listed.merging(additions?.proofs ?? [:]) { first, _ in first }
            return
        }
        return nil
    }

    private static func holdsAny(of files: [String: Proof], _ folder: String) throws(StoreError) -> Bool {
        // The smallest first: one that is right is proof enough.
        for (path, proof) in files.sorted(by: { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }) {
            guard let status = status("\(folder)/\(path)"), status.isFile, Int(status.st_size) == proof.bytes
            else { continue }
            if try Digest.sha256(ofFile: "\(folder)/\(path)").hash == proof.sha256 { return true }
        }
        return false
    }

    static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// "the results of 2026-05-01 (Buys again, 43 files)"
    var words: String {
        "the \(kind == .run ? "results" : "features") of \(day) (\(title), \(files.count + (hasAdditions ? 2 : 1)) files)"
    }
}

extension PublishedResults {
    /// As much of a record as tells that it is ours; all versions have had it.
    private struct Record: Decodable {
        var version: Int
        var outputs: [RunFile.Output]
        // run.json
        var product: String?
        var instance: String?
        var instanceText: String?
        var started: String?
        var seconds: Double?
        var shards: Int?
        // features.json
        var name: String?
        var snapshots: [String]?
        var rows: Int?

        init?(_ text: [UInt8], _ kind: Kind) {
            // A file that is somebody else's is no error.
            guard let record = try? RunJSON.decode(Record.self, from: text) else { return nil }
            self = record
            let isOurs =
                switch kind {
                case .run: product != nil && instanceText != nil && started != nil && (shards ?? 0) > 0
                case .features: name != nil && snapshots != nil && rows != nil
                }
            guard isOurs, outputs.allSatisfy({ $0.isPossible }) else { return nil }
        }

        /// As the record says itself, which no copying changes; in nanoseconds since 1970.
        var ended: Int64? {
            guard let seconds, seconds.magnitude < 1e9, let started = started.flatMap({ Timestamp(iso8601: $0) }) else {
                return nil
            }
            // The record is written after it has looked at the clock.
            return (started.microseconds + Int64((seconds + 2) * 1e6)).multipliedReportingOverflow(by: 1_000)
                .partialValue
        }

        var title: String {
            if let name { return name }
            return instance.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent } ?? "a run"
        }
    }
}

extension RunFile.Output {
    var proof: PublishedResults.Proof { PublishedResults.Proof(bytes: bytes, sha256: sha256) }

    /// Whether it can be a file within the folder, with what can be its hash.
    var isPossible: Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains { ["", ".", ".."].contains($0) } && bytes >= 0 && sha256.utf8.count == 64
            && sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}

extension stat {
    var isFile: Bool { st_mode & S_IFMT == S_IFREG }
    var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    /// Of the content, nanoseconds since 1970.
    var modified: Int64 { Int64(st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(st_mtim.tv_nsec) }
    /// Of the content, the name or the rights; nobody can set it.
    var changed: Int64 { Int64(st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(st_ctim.tv_nsec) }
}

extension Date {
    fileprivate init(nanoseconds: Int64) { self.init(timeIntervalSince1970: Double(nanoseconds) * 1e-9) }
}
