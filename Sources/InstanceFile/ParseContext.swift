import Learning
internal import Yams

/// One reading of an instance file: what is known of its surroundings, and the problems found so far.
struct ParseContext {
    let file: String
    /// Absolute; relative paths of the file start here.
    let baseDirectory: String
    let checksFiles: Bool
    private(set) var problems: [InstanceError.Problem] = []
    /// What is to be learned, on which the form of labels hangs.
    var objective = Objective.logLoss
    /// What stands under `type` as one name for all events of a dataset, and may be a column's.
    var typesOfAll: [String] = []
    /// The events that conditions name, which can be checked once the whole file has been read.
    var eventMentions: [Mention] = []
    /// The events that a profile is not to have had, in a condition on one event.
    var absentMentions: [(names: [String], place: SourceLocation)] = []
    /// The events that one event is asked to be all of.
    var togetherMentions: [(names: [String], place: SourceLocation)] = []
    /// The custom event being read, and how many have been begun.
    var customEventIndex: Int?
    var customEventCount = 0
    /// How many conditions the one being read is nested in.
    var depth = 0
    private var valueCount = 0

    init(file: String, baseDirectory: String, checksFiles: Bool) {
        self.file = file
        self.baseDirectory = baseDirectory
        self.checksFiles = checksFiles
    }

    struct Mention {
        var name: String
        var place: SourceLocation
        /// The custom event whose condition it stands in.
        var customEventIndex: Int?
    }

    mutating func report(_ message: String, at place: SourceLocation, suggestion: String? = nil) {
        problems.append(
            InstanceError.Problem(
                file: file, line: place.line, column: place.column, keyPath: place.path, message: message,
                suggestion: suggestion))
    }

    /// Reports that a value is not of the kind it should be.
    mutating func reportKind(expected: String, at place: SourceLocation) {
        report("expected \(expected), found \(place.written.noun)", at: place)
    }

    /// Whether one more collection may be read: anchors can make a short file unfold without end.
    mutating func mayUnfold(at place: SourceLocation) -> Bool {
        valueCount += 1
        if valueCount == Self.valueLimit {
            report("the file unfolds to more than \(Self.valueLimit) lists and mappings; use fewer aliases", at: place)
        }
        return valueCount < Self.valueLimit
    }

    static let valueLimit = 100_000
}
