import InstanceFile
import Tables

/// Opens the files of datasets one after another, and collects what is wrong with them.
struct SurveyOpening {
    private(set) var problems: [InputError.Problem] = []
    private(set) var notes: [InputNote] = []
    private var results = OwnResults()

    /// The files that have rows; those without, and results of earlier runs, are left out and told.
    mutating func open(_ dataset: Instance.DeclaredFiles) -> [SurveyedFile] {
        let paths: [String]
        do throws(TableError) {
            paths = try expand(paths: dataset.paths)
        } catch {
            problems.append(.unusableFile(dataset: dataset.name, reason: error.description, mayPass: error.mayPass))
            return []
        }
        // A file that is spelled out is meant.
        let own = paths.filter { !dataset.paths.contains($0) && results.contains($0) }
        let inputs = paths.filter { !own.contains($0) }
        if inputs.isEmpty {
            problems.append(.onlyResults(dataset: dataset.name, file: own.first ?? ""))
            return []
        }
        if !own.isEmpty { skip(own, of: dataset.name, because: "that are results of an earlier run") }
        var files: [SurveyedFile] = []
        var empty: [(path: String, error: TableError)] = []
        var isUnusable = false
        for path in inputs {
            do throws(TableError) {
                files.append(try Self.open(path, dataset))
            } catch {
                switch error {
                case .noRows, .noBytes: empty.append((path, error))
                default:
                    isUnusable = true
                    problems.append(
                        .unusableFile(dataset: dataset.name, reason: error.description, mayPass: error.mayPass))
                }
            }
        }
        if files.isEmpty, !isUnusable {
            problems += empty.map { .unusableFile(dataset: dataset.name, reason: $0.error.description, mayPass: false) }
        } else if !empty.isEmpty {
            skip(empty.map(\.path), of: dataset.name, because: "without rows")
        }
        return files
    }

    private mutating func skip(_ paths: [String], of dataset: String, because reason: String) {
        notes.append(
            InputNote(
                kind: .filesSkipped, isWarning: false, subject: dataset,
                what: "\(dataset): \(paths.count) \(paths.count == 1 ? "file" : "files") \(reason): "
                    + Wording.list(paths, limit: 3),
                means: "they are left out", change: "nothing, unless rows are missing"))
    }

    private static func open(_ path: String, _ dataset: Instance.DeclaredFiles) throws(TableError) -> SurveyedFile {
        // Why it cannot be read is for the reader to say.
        let before = try? fingerprint(of: path)
        let file = try TableFile(
            path: path, options: dataset.text, keyPrefix: StandardGroup.keyPrefix,
            constants: ConstantColumn.all(of: path))
        var surveyed = SurveyedFile(
            path: path, schema: file.schema, rowGroups: file.rowGroups, byteCount: file.byteCount)
        surveyed.parts = dataset.areEvents ? try file.parts(ofBytes: SurveyedFile.partBytes) : []
        surveyed.isSparse = file.format == .jsonLines
        surveyed.foundTypes = file.byteCount < SurveyedFile.rememberedBytes ? [] : file.foundTypes
        surveyed.votes = file.votes
        surveyed.constants = file.constantNames
        surveyed.fingerprint = try fingerprint(of: path, before: before)
        return surveyed
    }

    /// - Parameter before: what it was when its survey began.
    private static func fingerprint(
        of path: String, before: InputFingerprint? = nil
    ) throws(TableError) -> InputFingerprint {
        let found = try InputFingerprint(of: path)
        guard before == nil || found == before else {
            throw .unreadable(
                path: path, reason: "it changed while it was looked at; try again once nothing writes to it")
        }
        return found
    }
}
