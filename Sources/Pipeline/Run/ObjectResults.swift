import Foundation
import RunOutputs
import Tables

/// Results in an object store, below one address: each run's files in a folder of their own, `runs/STARTED-HASH/`, and beside
/// it the record of the latest run, `run.json` (or `features.json`), whose outputs are named with that folder.
///
/// The record is written last, so that who takes what it names never meets half a run, nor a mixture of two. Earlier runs
/// stay until somebody removes them, as a rule for the bucket's lifecycle may.
package struct ObjectResults {
    let address: String

    /// - Parameter address: such as `s3://bucket/churn`.
    package init(_ address: String) throws(RunError) {
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        do throws(TableError) {
            try ObjectStore.check(address: address)
        } catch {
            throw .input("\(error)")
        }
    }

    /// Throws where the store does not answer, or does not let this machine look, or write.
    func checkIsUsable() throws(RunError) {
        do throws(TableError) {
            if try ObjectStore.look(at: address) == nil {
                guard let bucket = ObjectStore.bucket(of: address), try ObjectStore.look(at: bucket) != nil else {
                    throw .unavailable(address: address, reason: "there is no such bucket")
                }
            }
            let probe = "\(address)/.probe"
            try ObjectStore.write(file: "/dev/null", to: probe)
            // Whoever may write and not remove leaves it there.
            try? ObjectStore.remove(probe)
        } catch {
            throw error.mayPass ? .failed(.other("\(error)")) : .input("\(error)")
        }
    }

    // MARK: There

    /// Puts the results of a folder there. What has come of an earlier attempt is written again, as the same.
    ///
    /// - Parameter observe: told now and then how many of the files have been written.
    func publish(
        _ folder: String, _ published: PublishedResults, observe: (RunEvent) -> Void
    ) throws(RunError) {
        let mark = published.kind.mark
        do {
            let record = try Files.read("\(folder)/\(mark)")
            let started = try RunJSON.decode(Started.self, from: record).started ?? published.day
            let place =
                "runs/\(started.map { $0 == ":" ? "-" : String($0) }.joined())-\(Digest.sha256(of: record).prefix(8))"
            let files = published.files.keys.sorted() + (published.hasAdditions ? [Additions.name] : []) + [mark]
            var said = ContinuousClock.now
            for (count, path) in files.enumerated() {
                try ObjectStore.write(file: "\(folder)/\(path)", to: "\(address)/\(place)/\(path)")
                guard ContinuousClock.now - said > .seconds(10) else { continue }
                said = .now
                observe(.note("\(count + 1) of \(files.count) files are in \(address)"))
            }
            let latest = "\(folder)/\(mark).latest\(Files.temporaryName(for: ""))"
            defer { Files.discard(latest) }
            try Files.write(try Self.record(record, published.kind, below: place), to: latest)
            try ObjectStore.write(file: latest, to: "\(address)/\(mark)")
        } catch {
            throw .failed("the results are whole in \(folder), and could not be put in \(address): \(error)")
        }
    }

    /// The record with its outputs below a folder.
    private static func record(
        _ text: [UInt8], _ kind: PublishedResults.Kind, below place: String
    ) throws -> [UInt8] {
        func moved(_ outputs: [RunFile.Output]) -> [RunFile.Output] {
            outputs.map { output in
                var output = output
                output.path = "\(place)/\(output.path)"
                return output
            }
        }
        switch kind {
        case .run:
            var record: RunFile = try RunJSON.decode(RunFile.self, from: text)
            record.outputs = moved(record.outputs)
            record.seal = RecordSeal.blank
            return RecordSeal.sealed(try RunJSON.encoded(record))
        case .features:
            var record = try RunJSON.decode(FeatureCatalogue.self, from: text)
            record.outputs = moved(record.outputs)
            record.seal = RecordSeal.blank
            return RecordSeal.sealed(try RunJSON.encoded(record))
        }
    }

    private struct Started: Decodable { var started: String? }

    // MARK: Back

    /// Copies the latest run into a new folder of this machine, whole or not at all, and checks every file's hash.
    ///
    /// - Returns: how many files it has.
    package func fetch(to folder: String) throws(RunError) -> Int {
        let output = OutputPlace.absolute(folder)
        if access(output, F_OK) == 0 { throw .input("\(output) is there already: name a folder that is not") }
        let work = Files.temporaryName(for: output)
        do {
            defer { try? Files.removeFolder(work) }
            let (kind, files) = try listed()
            guard let first = files.first, let slash = first.path.split(separator: "/").dropFirst().first else {
                throw RunError.input("\(address)/\(kind.mark) names no files")
            }
            let place = "runs/\(slash)"
            for file in files {
                guard file.path.hasPrefix(place + "/"), file.isPossible else {
                    throw RunError.input("\(address)/\(kind.mark) names \(file.path), which is not of one run")
                }
            }
            var names = files.map { String($0.path.dropFirst(place.count + 1)) }
            for file in names { try copy("\(place)/\(file)", to: "\(work)/\(file)") }
            if try ObjectStore.look(at: "\(address)/\(place)/\(Additions.name)") != nil {
                try copy("\(place)/\(Additions.name)", to: "\(work)/\(Additions.name)")
                let additions = try Additions(inRunsFolder: work)?.files ?? []
                for file in additions {
                    try copy("\(place)/\(file.path)", to: "\(work)/\(file.path)")
                    try Self.check(file, file.path, in: work)
                }
                names += additions.map(\.path)
            }
            for (file, name) in zip(files, names) { try Self.check(file, name, in: work) }
            try copy("\(place)/\(kind.mark)", to: "\(work)/\(kind.mark)")
            guard rename(work, output) == 0 else { throw StoreError("make the folder", output) }
            return names.count + 1
        } catch let error as RunError {
            throw error
        } catch let error as TableError {
            throw .failed("\(error)")
        } catch {
            throw .failed(RunFailure(error))
        }
    }

    private func listed() throws -> (PublishedResults.Kind, [RunFile.Output]) {
        struct Record: Decodable { var outputs: [RunFile.Output] }
        for kind in [PublishedResults.Kind.run, .features] {
            let mark = "\(address)/\(kind.mark)"
            guard let size = try ObjectStore.look(at: mark)?.size, size <= PublishedResults.longestRecord else {
                continue
            }
            let file = try RangedFile(mark)
            let text = try file.read(0..<min(file.size, size))
            return (kind, try RunJSON.decode(Record.self, from: text).outputs)
        }
        throw RunError.input("\(address) holds no results: there is neither run.json nor features.json")
    }

    private func copy(_ object: String, to path: String) throws {
        try Files.makeDirectory(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        try NewFile.write(try RangedFile("\(address)/\(object)"), to: path, below: nil)
    }

    private static func check(_ file: RunFile.Output, _ name: String, in folder: String) throws {
        guard try Digest.sha256(ofFile: "\(folder)/\(name)").hash == file.sha256 else {
            throw RunError.failed("\(name) is not what the run wrote (its hash differs): start again")
        }
    }
}
