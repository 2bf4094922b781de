import Events
import Features
import Foundation
import RunOutputs

/// `additions.json` of a run's folder: the files in it that are propensity's and not among the outputs of `run.json`,
/// because they show times, or came later. What another run may take away with the rest is told by it from what
/// a person has put there.
struct Additions: Codable {
    static let name = "additions.json"
    private static let formatVersion = 1

    private var version = Additions.formatVersion
    private(set) var files: [RunFile.Output] = []
    private var seal = RecordSeal.blank

    init() {}

    /// What the folder of a run says; nil where it says nothing that can be read.
    init?(inRunsFolder folder: String) throws(StoreError) {
        let path = "\(folder)/\(Self.name)"
        guard let status = PublishedResults.status(path), status.isFile,
            status.st_size <= PublishedResults.longestRecord
        else { return nil }
        let bytes = try Files.read(path)
        guard let read = try? RunJSON.decode(Additions.self, from: bytes), read.version == Self.formatVersion,
            read.files.allSatisfy({ $0.isPossible }), RecordSeal.isWhole(bytes) == true
        else { return nil }
        self = read
        seal = RecordSeal.blank
    }

    /// By their paths.
    var proofs: [String: PublishedResults.Proof] {
        Dictionary(files.map { ($0.path, $0.proof) }) { first, _ in first }
    }

    /// Puts a file of the folder on the list, or in place of what was there under its name.
    mutating func add(_ path: String, in folder: String) throws(StoreError) {
        let (hash, bytes) = try Digest.sha256(ofFile: "\(folder)/\(path)")
        files.removeAll { $0.path == path }
        files.append(RunFile.Output(OutputFile(path: path, sha256: hash, bytes: bytes, rows: 0)))
        files.sort { $0.path < $1.path }
    }

    func write(to folder: String) throws(StoreError) {
        try Files.write(RecordSeal.sealed(try RunJSON.encoded(self)), to: "\(folder)/\(Self.name)")
    }

    /// Writes files into the folder of a finished run, and notes them. What somebody has made of one that was there is
    /// kept beside it, under a name with ".before".
    static func write(_ files: [(path: String, bytes: [UInt8])], to folder: String) throws(StoreError) {
        for (path, _) in files { try keep(path, in: folder) }
        for (path, bytes) in files { try Files.write(bytes, to: "\(folder)/\(path)") }
        try note(files.map(\.path), in: folder)
    }

    /// Gives another name to a file that is there and other than it was written; where nothing was noted, nobody knows.
    static func keep(_ path: String, in folder: String) throws(StoreError) {
        let file = "\(folder)/\(path)"
        guard let proof = try Additions(inRunsFolder: folder)?.proofs[path], let status = PublishedResults.status(file)
        else { return }
        if status.isFile, try Digest.sha256(ofFile: file).hash == proof.sha256 { return }
        var (place, number) = ("\(file).before", 2)
        while PublishedResults.status(place) != nil {
            place = "\(file).before-\(number)"
            number += 1
        }
        try Files.move(file, toFree: place)
    }

    /// Notes files that a command has written into the folder of a finished run.
    static func note(_ paths: [String], in folder: String) throws(StoreError) {
        var additions = try Additions(inRunsFolder: folder) ?? Additions()
        for path in paths { try additions.add(path, in: folder) }
        try additions.write(to: folder)
    }
}
