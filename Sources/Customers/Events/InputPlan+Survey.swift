public import Tables

extension InputPlan {
    /// Opens every file of the instance and decides what is read from it.
    ///
    /// All problems are collected before any is reported: files that are missing, unreadable or empty, and columns
    /// that are used but absent or of a type that cannot be used. Files of one dataset may order their columns
    /// differently and may have more of them; each must have the columns that the instance names. Of JSON files, whose
    /// records have only the fields that they need, one must.
    ///
    /// - Parameter today: where the instance names no as-of date, events of a later day (in any zone) are rejected, and
    ///   do not make their date the as-of date; nil: none are.
    ///
    /// Cost: a look at the head (Parquet: the footer) of each file, one pass over JSON, and one over large CSV files of
    /// events, to cut them.
    public init(surveying instance: Instance, today: Timestamp? = nil) throws(InputError) {
        var problems: [InputError.Problem] = []
        let files = instance.datasetPaths.map { dataset in
            SurveyedFile.open(dataset.paths, dataset: dataset.name, areEvents: dataset.areEvents, problems: &problems)
        }
        try self.init(instance: instance, files: files, problems: problems)
        if instance.asOf == nil, let today {
            let day = Timestamp.microsecondsPerDay
            endOfToday = Timestamp(microseconds: (today.microseconds / day + 2) * day - 1)
        }
    }

    /// The plan over files that have been opened already, one list a dataset.
    init(
        instance: Instance, files: [[SurveyedFile]], problems: [InputError.Problem] = []
    ) throws(InputError) {
        var survey = InputSurvey(problems: problems)
        switch instance.source {
        case .events(let source): survey.addEvents(source, files: files)
        case .features(let table): survey.addFeatures(table, files: files[0])
        }
        let ownDatasets = files.count - instance.profiles.count
        for (position, profiles) in instance.profiles.enumerated() {
            survey.addProfiles(profiles, position: position, files: files[ownDatasets + position])
        }
        guard survey.problems.isEmpty else { throw InputError(problems: survey.problems) }
        self = survey.plan
        shardCount = ShardMap.shardCount(forRows: expectedRows)
    }

    /// Rows where the files tell; elsewhere a row for each hundred bytes.
    private var expectedRows: Int {
        datasets.reduce(0) { $0 + ($1.rowCount ?? $1.byteCount / 100) }
    }
}

extension Instance {
    /// The paths of each dataset in the order of `InputPlan.datasets`, with the key path that messages show.
    var datasetPaths: [(name: String, paths: [String], areEvents: Bool)] {
        let own: [(name: String, paths: [String], areEvents: Bool)] =
            switch source {
            case .events(let source): source.datasets.enumerated().map { ("events[\($0)]", $1.paths, true) }
            case .features(let table): [("features", table.paths, false)]
            }
        return own + profiles.enumerated().map { ("profiles[\($0)]", $1.paths, false) }
    }
}

extension InputSplit {
    /// Whether it is of a file that the instance declares as this dataset's: nobody opens others, whatever a plan says.
    public func isDeclared(by instance: Instance) -> Bool {
        let declared = instance.datasetPaths
        return declared.indices.contains(dataset) && couldName(path, by: declared[dataset].paths)
    }
}

/// What the survey needs to know of a file.
struct SurveyedFile: Sendable, Equatable {
    var path: String
    var schema: Schema
    var rowGroups: [Int]
    /// Of a large CSV or JSON file of events, whose rows' numbers matter to nobody.
    var parts: [FilePart] = []
    var byteCount: Int
    /// Whether a field is there only if some row has it, so that its absence means no more than missing values.
    var isSparse = false
    /// See `InputSplit.foundTypes`.
    var foundTypes: [UInt8] = []
    var fingerprint = InputFingerprint()

    /// Some hundreds of thousands of rows.
    static let partBytes = 32 << 20

    /// Types take some kilobytes of the plan, which many small files would swell more than they are worth.
    static let rememberedBytes = 4 << 20

    static func open(
        _ paths: [String], dataset: String, areEvents: Bool, problems: inout [InputError.Problem]
    ) -> [SurveyedFile] {
        var files: [SurveyedFile] = []
        do throws(TableError) {
            for path in try expand(paths: paths) {
                do throws(TableError) {
                    // Why it cannot be read is for the reader to say.
                    let before = try? fingerprint(of: path)
                    let file = try TableFile(path: path)
                    files.append(
                        SurveyedFile(
                            path: path, schema: file.schema, rowGroups: file.rowGroups,
                            parts: areEvents ? try file.parts(ofBytes: Self.partBytes) : [], byteCount: file.byteCount,
                            isSparse: file.format == .jsonLines,
                            foundTypes: file.byteCount < Self.rememberedBytes ? [] : file.foundTypes,
                            fingerprint: try fingerprint(of: path, before: before)))
                } catch {
                    problems.append(.unusableFile(dataset: dataset, reason: error.description))
                }
            }
        } catch {
            problems.append(.unusableFile(dataset: dataset, reason: error.description))
        }
        return files
    }

    /// - Parameter before: what it was when its survey began.
    private static func fingerprint(
        of path: String, before: InputFingerprint? = nil
    ) throws(TableError) -> InputFingerprint {
        let found: InputFingerprint
        do throws(InputFingerprint.Problem) {
            found = try InputFingerprint(of: path)
        } catch {
            switch error {
            case .unreadable(let path, let reason): throw .unreadable(path: path, reason: reason)
            }
        }
        guard before == nil || found == before else {
            throw .unreadable(
                path: path, reason: "it changed while it was looked at; try again once nothing writes to it")
        }
        return found
    }
}
