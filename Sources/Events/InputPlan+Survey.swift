package import InstanceFile
package import Tables

extension InputPlan {
    /// Opens every file of the instance and decides what is read from it.
    ///
    /// All problems are collected before any is reported: files that are missing, unreadable or empty, and columns
    /// that are used but absent or of a type that cannot be used. Files of one dataset may order their columns
    /// differently, and may lack some: of the columns that the instance names each must have identity, timestamp and type,
    /// and one of them the others, which are missing in the rest.
    ///
    /// - Parameter today: where the instance names no as-of date, events of a later day (in any zone) are rejected, and
    ///   do not make their date the as-of date; nil: none are.
    ///
    /// Cost: a look at the head (Parquet: the footer) of each file, one pass over JSON, and one over large CSV files of
    /// events, to cut them.
    package init(surveying instance: Instance, today: Timestamp? = nil) throws(InputError) {
        var opening = SurveyOpening()
        let files = instance.datasetPaths.map { opening.open($0) }
        try self.init(instance: instance, files: files, problems: opening.problems, notes: opening.notes)
        if instance.asOf == nil, let today {
            let day = Timestamp.microsecondsPerDay
            endOfToday = Timestamp(microseconds: (today.microseconds / day + 2) * day - 1)
        }
    }

    /// The plan over files that have been opened already, one list a dataset.
    package init(
        instance: Instance, files: [[SurveyedFile]], problems: [InputError.Problem] = [], notes: [InputNote] = []
    ) throws(InputError) {
        var survey = InputSurvey(instance: instance, problems: problems)
        survey.plan.notes = notes
        switch instance.source {
        case .events(let source): survey.addEvents(source, files: files)
        case .features(let table): survey.addFeatures(table, files: files[0])
        }
        let ownDatasets = files.count - instance.profiles.count
        for (position, profiles) in instance.profiles.enumerated() {
            survey.addProfiles(profiles, position: position, files: files[ownDatasets + position])
        }
        survey.checkAttributes(of: instance)
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
    /// Where the files of a dataset are and how they are written, with the key path that messages show.
    struct DeclaredFiles {
        var name: String
        var paths: [String]
        var areEvents = false
        var text: TextOptions
    }

    /// Those of each dataset, in the order of `InputPlan.datasets`.
    var datasetPaths: [DeclaredFiles] {
        let own: [DeclaredFiles] =
            switch source {
            case .events(let source):
                source.datasets.enumerated().map {
                    DeclaredFiles(name: "events[\($0)]", paths: $1.paths, areEvents: true, text: $1.text)
                }
            case .features(let table): [DeclaredFiles(name: "features", paths: table.paths, text: table.text)]
            }
        return own
            + profiles.enumerated().map { DeclaredFiles(name: "profiles[\($0)]", paths: $1.paths, text: $1.text) }
    }
}

extension InputSplit {
    /// Whether it is of a file that the instance declares as this dataset's: nobody opens others, whatever a plan says.
    package func isDeclared(by instance: Instance) -> Bool {
        let declared = instance.datasetPaths
        return declared.indices.contains(dataset) && couldName(path, by: declared[dataset].paths)
    }
}

/// What the survey needs to know of a file.
package struct SurveyedFile: Sendable, Equatable {
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
    /// See `TableFile.votes`.
    var votes: [String: KindVotes] = [:]
    /// Columns that it has by its place alone.
    var constants: Set<String> = []
    var fingerprint = InputFingerprint()

    /// Some hundreds of thousands of rows.
    static let partBytes = 32 << 20

    /// Types take some kilobytes of the plan, which many small files would swell more than they are worth.
    static let rememberedBytes = 4 << 20

    /// One whose rows are all of the kinds that its schema says.
    package init(path: String, schema: Schema, rowGroups: [Int], byteCount: Int) {
        self.path = path
        self.schema = schema
        self.rowGroups = rowGroups
        self.byteCount = byteCount
    }
}
