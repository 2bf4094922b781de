import Foundation
import InstanceFile
import Readiness
import RunOutputs
import Tables

/// What is predicted, for whom and from what, in the instance's own words.
struct Definition {
    var goal: String?
    var isAgainst = false
    var within: String?
    var eligible: String?
    var label: String?
    var exclude: String?
    var customEvents: [Named] = []
    var hasCustomEvents = false
    var datasets: [Named] = []
    var hasDatasets = false
    var dropped: String?
    var snapshots: String?
    var firstSnapshot = ""
    var lastSnapshot = ""
    var instanceFile: String

    struct Named {
        var name: String
        var what: String
    }

    init(_ run: FinishedRun) {
        instanceFile = run.record.instance
        let labelled = run.insights.labelledSnapshots
        if let latest = labelled.first, let earliest = labelled.last {
            snapshots = Format.count(labelled.count)
            firstSnapshot = Format.moment(earliest)
            lastSnapshot = Format.moment(latest)
        }
        guard let instance = run.instance else { return }
        switch instance.source {
        case .events(let source): read(source)
        case .features(let table):
            label = "\(table.labelField) \(table.label.test.words)"
            dropped = table.drop.isEmpty ? nil : table.drop.joined(separator: ", ")
            datasets = [Named(name: "features", what: Self.files(table.paths))]
        }
        datasets += instance.profiles.map { Named(name: "profiles", what: Self.files($0.paths)) }
        hasDatasets = !datasets.isEmpty
        hasCustomEvents = !customEvents.isEmpty
    }

    private mutating func read(_ source: EventSource) {
        goal = source.goal.conditions.map(\.words).joined(separator: "; and ")
        isAgainst = !source.goal.willOccur
        within = Format.count(source.goal.within.count)
        eligible = source.eligible.words
        exclude = source.exclude?.words
        customEvents = source.customEvents.prefix(50).map { Named(name: $0.name, what: $0.condition.words) }
        datasets = source.datasets.map { Named(name: "events", what: Self.files($0.paths)) }
    }

    private static func files(_ paths: [String]) -> String {
        let names = paths.prefix(5).map { ($0 as NSString).lastPathComponent }
        return names.joined(separator: ", ") + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
    }
}

/// What the data were like: rows, what could not be used and why, what is there of each feature.
struct DataQuality {
    struct Input {
        var dataset: String
        var rows: String
        var kept: String
        var keptShare: String
        var earliest: String?
        var latest: String?
        var reasons: [Reason]
    }

    struct Reason {
        var name: String
        var count: String
        var share: String
    }

    struct Finding {
        var severity: String
        var isWarning: Bool
        var what: String
        var means: String?
        var change: String?
    }

    /// Labelled rows, where not all were learned from.
    struct Chosen {
        var training: String
        var trainingAll: String
        var heldOut: String
        var heldOutAll: String

        init?(_ rows: RunFile.LabelledRows?) {
            guard let rows, rows.trainingChosen < rows.training else { return nil }
            training = Format.count(rows.trainingChosen)
            trainingAll = Format.count(rows.training)
            heldOut = Format.count(rows.heldOutChosen)
            heldOutAll = Format.count(rows.heldOut)
        }
    }

    var inputs: [Input]
    var duplicates: String?
    var chosen: Chosen?
    var events: [Reason]
    var hasEvents: Bool
    var moreEvents: String?
    var findings: [Finding]
    var hasFindings: Bool
    var features: String
    var complete: String
    var dropped: String?
    var sparse: [Reason]
    var hasSparse: Bool

    private static let shown = 30

    init(_ run: FinishedRun) {
        let record = run.record
        let titles = run.instance.map(DatasetTitles.init)
        inputs = record.inputs.prefix(Self.shown).map { input in
            let rows = Double(max(1, input.rows))
            return Input(
                dataset: titles?.title(of: input.dataset) ?? input.dataset, rows: Format.count(input.rows),
                kept: Format.count(input.kept),
                keptShare: Format.percent(Double(input.kept) / rows),
                earliest: input.earliest.map(Format.moment), latest: input.latest.map(Format.moment),
                reasons: input.rejected.map {
                    Reason(
                        name: $0.name, count: Format.count($0.count), share: Format.percent(Double($0.count) / rows))
                })
        }
        duplicates = record.duplicatesDropped > 0 ? Format.count(record.duplicatesDropped) : nil
        chosen = Chosen(record.labelledRows)
        let total = Double(max(1, record.events.reduce(0) { max($0, $1.count) }))
        events = record.events.prefix(Self.shown).map {
            Reason(
                name: Format.shortened($0.name, to: 80), count: Format.count($0.count),
                share: Format.place(Double($0.count) / total * 100))
        }
        hasEvents = !events.isEmpty
        let more = record.events.count - events.count
        moreEvents = more > 0 ? Format.count(more) : nil
        findings = record.findings.prefix(Self.shown).map {
            Finding(
                severity: $0.severity, isWarning: $0.severity != "note", what: $0.what,
                means: $0.means.map(Format.sentence),
                change: $0.change)
        }
        hasFindings = !findings.isEmpty
        features = Format.count(run.insights.features.count)
        complete = Format.count(run.insights.features.count { $0.coverage == 1 })
        dropped = run.insights.droppedFeatures.isEmpty ? nil : Format.count(run.insights.droppedFeatures.count)
        sparse = run.insights.features.enumerated().filter { $1.coverage < 1 }
            .sorted { ($0.element.coverage, $0.offset) < ($1.element.coverage, $1.offset) }.prefix(15)
            .map {
                Reason(
                    name: $1.name, count: Format.percent($1.coverage), share: Format.place($1.coverage * 100))
            }
        hasSparse = !sparse.isEmpty
    }
}

/// What ran, and for how long.
struct RunFacts {
    struct Stage {
        var title: String
        var seconds: String
        var bytes: String
        var width: String
    }

    struct Event {
        var seconds: String
        var worker: String
        var event: String
    }

    var product: String
    var started: String
    var seconds: String
    var profiles: String
    var shards: String
    var workers: String
    var bytes: String
    var outputs: String
    var stages: [Stage]
    var history: [Event]
    var instanceText: String

    init(_ run: FinishedRun) {
        let record = run.record
        product = record.product
        started = Format.moment(record.started)
        seconds = Format.seconds(record.seconds)
        profiles = Format.count(record.profiles)
        shards = "\(record.shards)"
        workers = "\(Set(record.workers.map(\.worker)).count)"
        bytes = Format.bytes(record.stages.reduce(0) { $0 + $1.bytes })
        outputs = Format.bytes(record.outputs.reduce(0) { $0 + $1.bytes })
        let longest = max(1e-9, record.stages.reduce(0) { max($0, $1.seconds) })
        stages = record.stages.prefix(60).map {
            Stage(
                title: $0.title, seconds: Format.seconds($0.seconds), bytes: Format.bytes($0.bytes),
                width: Format.place($0.seconds / longest * 100))
        }
        history = record.workers.prefix(60).map {
            Event(seconds: Format.seconds($0.seconds), worker: "\($0.worker)", event: $0.event)
        }
        instanceText = record.instanceText
    }
}
