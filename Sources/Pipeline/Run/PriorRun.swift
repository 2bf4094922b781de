import Events
import Features
import Foundation
import InstanceFile
import Learning
import Reporting
import RunOutputs
import Scoring
import Tables

/// A finished run whose scores can be held against what happened after them.
struct PriorRun {
    /// Absolute.
    let folder: String
    let finished: FinishedRun
    let scoreDate: Timestamp
    private let instance: Instance
    /// Tells whether another run has taken its place.
    private let record: String

    static func isThere(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(PublishedResults.Kind.run.mark)")
    }

    init(folder: String) throws(RunError) {
        self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        do {
            record = try Self.digest(self.folder)
            finished = try FinishedRun(folder: self.folder)
        } catch is StoreError {
            throw .input("\(InsightsError.notAFinishedRun(folder))")
        } catch {
            throw .input("\(error)")
        }
        let shards = finished.record.shards
        guard 1...ShardMap.mostShards ~= shards, shards & (shards - 1) == 0 else {
            throw .input("\(folder)/\(PublishedResults.Kind.run.mark): \(shards) shards cannot be")
        }
        // A table's rows may be of no date; `obstacle` says that then nothing can come after them.
        let text = finished.insights.scoreDate
        guard let date = text.map({ Timestamp(iso8601: $0) }) ?? Timestamp(microseconds: 0) else {
            throw .input("\(folder)/insights.json: \"\(text ?? "")\" is no score date")
        }
        scoreDate = date
        do throws(InstanceError) {
            instance = try Instance.parse(
                text: finished.record.instanceText, file: finished.record.instance, baseDirectory: "/",
                checkingFiles: false)
        } catch {
            throw .input("\(folder): its instance cannot be read by this version of propensity: \(error)")
        }
    }

    private static func digest(_ folder: String) throws(StoreError) -> String {
        try Digest.sha256(ofFile: "\(folder)/\(PublishedResults.Kind.run.mark)").hash
    }

    /// Whether it began after the other, or is as of a later date.
    func isLater(than other: PriorRun) -> Bool {
        (scoreDate, finished.record.started) > (other.scoreDate, other.finished.record.started)
    }

    func windowEnd(_ goal: Goal) -> Timestamp {
        Timestamp(microseconds: scoreDate.microseconds + goal.within.microseconds)
    }

    /// Why its scores are not of what the source asks for, as a full sentence; nil if they are.
    func obstacle(to source: EventSource) -> String? {
        guard case .events(let own) = instance.source else {
            return
                "\(folder): the run is of a feature table, whose rows have no dates after which an outcome could come"
        }
        guard own.goal == source.goal, own.goalCustomEvents == source.goalCustomEvents else {
            let (its, ours) = (own.goal.words, source.goal.words)
            return "\(folder): the run has another goal than the instance: \(its), and the instance's is "
                + (its == ours ? "of the same words, but of custom events that differ" : ours)
                + "; name an instance with the run's own goal"
        }
        return nil
    }

    /// What stands beside its outputs already.
    var history: [OutcomesFile.Run] { finished.outcomes?.runs ?? [] }

    /// Writes what came of scores, and the page that shows it, beside the run's outputs, which stay as they are.
    func add(_ measured: [OutcomesFile.Run]) throws(RunError) {
        var finished = finished
        let outcomes = OutcomesFile(measured + history)
        finished.outcomes = outcomes
        do {
            guard try Self.digest(folder) == record else {
                throw RunError.failed("\(folder): another run has taken the place meanwhile; start again")
            }
            let page = try Report(finished).html
            try Additions.write(
                [(OutcomesFile.name, try RunJSON.encoded(outcomes)), (RunFolder.report, Array(page.utf8))], to: folder)
        } catch let error as RunError {
            throw error
        } catch {
            throw .failed(RunFailure(error))
        }
    }
}

extension OutcomesFile.Run {
    init(_ run: PriorRun, windowEnd: Timestamp, _ measured: MeasuredOutcomes) {
        let insights = run.finished.insights
        let names = Bucket.allCases.map(\.name)
        let all = measured.buckets.reduce(into: MeasuredOutcomes.Group()) { $0.add($1) }
        self.init(
            name: insights.name, propensity: insights.propensity,
            scoreDate: insights.scoreDate ?? run.scoreDate.description,
            windowEnd: windowEnd.description, started: run.finished.record.started,
            profilesScored: Int(measured.scored), profilesVanished: Int(measured.vanished),
            all: OutcomesFile.Group(all),
            buckets: zip(names, measured.buckets).map { OutcomesFile.Group(name: $0, $1) },
            deciles: measured.deciles.enumerated().map { OutcomesFile.Group(rank: $0 + 1, $1) })
        auc = measured.margins.auc
        let interval = measured.margins.aucInterval
        aucLow = interval?.lowerBound
        aucHigh = interval?.upperBound
    }
}

extension OutcomesFile.Group {
    fileprivate init(name: String? = nil, rank: Int? = nil, _ group: MeasuredOutcomes.Group) {
        self.init(
            name: name, rank: rank, profiles: Int(group.population.profiles),
            expectedOutcomes: group.population.expectedOutcomes, outcomes: Int(group.outcomes))
    }
}
