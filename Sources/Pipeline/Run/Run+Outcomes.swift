import ClusterProtocol
import Events
import Features
import Foundation
import InstanceFile
import Readiness
import RunOutputs
import Tables

extension Run {
    /// Holds scores of finished runs against what the data tell of the time after them, and adds that to the pages of
    /// those runs and of the latest one. All events count, whatever score date the instance names.
    ///
    /// - Parameter folders: the runs; the instance's own output, if it holds one, is taken too once its time has come.
    /// - Returns: expected and actual rates, for a terminal.
    package func measureOutcomes(of folders: [String]) throws(RunError) -> String {
        let (instance, _, file) = try readInstance()
        guard case .events(let source) = instance.source else {
            throw .input("\(file): a feature table's rows have no dates after which an outcome could come")
        }
        let output = (request.output ?? instance.output).map { localFolder(of: $0, file) }
        let (named, own) = try earlierRuns(folders, output: output, source, file)
        let place = output ?? named.first?.folder
        return try withCluster(output: place, purpose: nil, upToToday: true) {
            (context: inout RunContext) throws(RunError) in
            let ingested = try self.ingest(&context)
            if let obstacle = FeatureRecipe.rowObstacles(
                instance: context.instance, plan: context.plan, ingested: ingested
            )
            .first {
                throw .input(obstacle.finding.line)
            }
            var measured: [(run: PriorRun, outcomes: OutcomesFile.Run)] = []
            var notDue: [String] = []
            for earlier in named + [own].compactMap({ $0 }) {
                switch Self.unknown(earlier, source, ingested) {
                case .notDue(let reason):
                    notDue.append(reason)
                    continue
                case .notCovered(let reason):
                    if earlier.folder == own?.folder, !named.isEmpty { continue }
                    throw .input(reason)
                case nil: break
                }
                for line in Self.shortDatasets(earlier, source, ingested, context.plan) { self.observe(.warning(line)) }
                measured.append((earlier, try self.measure(earlier, source, &context)))
            }
            let rest = notDue.map { "\n" + $0 }.joined()
            guard let first = measured.first?.run else { return "No run is due yet." + rest }
            var latest = own ?? first
            for earlier in named where earlier.isLater(than: latest) { latest = earlier }
            for (earlier, outcomes) in measured where earlier.folder != latest.folder { try earlier.add([outcomes]) }
            try latest.add(measured.map(\.outcomes))
            return Self.text(measured.map(\.outcomes), in: (measured.map(\.run) + [latest]).map(\.folder)) + rest
        }
    }

    /// The runs that were named, and the one in the instance's output.
    private func earlierRuns(
        _ folders: [String], output: String?, _ source: EventSource, _ file: String
    ) throws(RunError) -> (named: [PriorRun], own: PriorRun?) {
        var named: [PriorRun] = []
        for folder in folders {
            let earlier = try PriorRun(folder: folder)
            if let obstacle = earlier.obstacle(to: source) { throw .input(obstacle) }
            if !named.contains(where: { $0.folder == earlier.folder }) { named.append(earlier) }
        }
        guard let output, PriorRun.isThere(output) else {
            guard !named.isEmpty else {
                throw .input(
                    "\(file): there is no earlier run: "
                        + (output.map { "\($0) holds none" } ?? "the file names no `output`")
                        + "; name a finished run's folder with --run")
            }
            return (named, nil)
        }
        let own = try PriorRun(folder: output)
        if let obstacle = own.obstacle(to: source) {
            if named.isEmpty { throw .input(obstacle) }
            observe(.note(obstacle))
            return (named, nil)
        }
        return (named, named.contains { $0.folder == own.folder } ? nil : own)
    }

    /// Why the data cannot tell what came of a run's scores.
    private enum Unknown {
        /// Not yet, and when they will.
        case notDue(String)
        case notCovered(String)
    }

    /// nil if they can.
    private static func unknown(_ earlier: PriorRun, _ source: EventSource, _ ingested: IngestSummary) -> Unknown? {
        guard let first = ingested.earliest.map(Timestamp.init(microseconds:)),
            let last = ingested.latest.map(Timestamp.init(microseconds:))
        else { return .notCovered("the data hold no event") }
        let end = earlier.windowEnd(source.goal)
        if last < end {
            return .notDue(
                "\(earlier.folder): the outcome window of its scores of \(earlier.scoreDate) ends on \(end), and the "
                    + "data reach to \(last) only; its outcomes are known once the data reach to \(end)")
        }
        if first > earlier.scoreDate {
            return .notCovered(
                "\(earlier.folder): its scores are of \(earlier.scoreDate), and the data begin on \(first), so that "
                    + "nobody knows what happened between; add the events from \(earlier.scoreDate) on")
        }
        return nil
    }

    /// Datasets that end within the window although others go on.
    private static func shortDatasets(
        _ earlier: PriorRun, _ source: EventSource, _ ingested: IngestSummary, _ plan: InputPlan
    ) -> [String] {
        let end = earlier.windowEnd(source.goal)
        return zip(plan.datasets, ingested.datasets).compactMap { dataset, rows in
            guard dataset.role == .events, let last = rows.latest.map(Timestamp.init(microseconds:)), last < end else {
                return nil
            }
            return "\(dataset.name) ends on \(last), before the outcome window of \(earlier.folder) does on \(end): "
                + "outcomes that only it would tell of are missed"
        }
    }

    private func measure(
        _ earlier: PriorRun, _ source: EventSource, _ context: inout RunContext
    ) throws(RunError) -> OutcomesFile.Run {
        let measured = try context.timed(.measure, "Measuring the scores of \(earlier.scoreDate)") {
            context throws(RunError) in
            let number = try context.stored { () throws(StoreError) in
                try context.folder.workspace.number(ofEarlierRun: earlier.folder)
            }
            let tasks = (0..<context.plan.shardCount).map { shard in
                MeasureOutcomesTask(
                    shard: shard, earlier: number, shards: earlier.finished.record.shards, scoreDate: earlier.scoreDate)
            }
            return try context.sum(.measure, tasks, into: MeasuredOutcomes())
        }
        let scored = earlier.finished.insights.profilesScored
        guard measured.scored == scored else {
            throw .input(
                "\(earlier.folder): its scores are of \(measured.scored) profiles, and its insights.json tells of \(scored)"
            )
        }
        return OutcomesFile.Run(earlier, windowEnd: earlier.windowEnd(source.goal), measured)
    }

    // MARK: By the next run itself

    /// What is known of earlier scores when a run takes the place of another: that one's history, and what came of its
    /// own scores if their outcome window has passed. A run does not fail for what the earlier one left.
    func outcomesOfReplaced(_ prepared: Prepared, _ context: inout RunContext) throws(RunError) -> OutcomesFile? {
        guard !context.folder.isCommitted, case .events(let source) = context.instance.source,
            PriorRun.isThere(context.folder.output)
        else { return nil }
        var runs: [OutcomesFile.Run] = []
        do throws(RunError) {
            let earlier = try PriorRun(folder: context.folder.output)
            guard earlier.obstacle(to: source) == nil else { return nil }
            runs = earlier.history
            if Self.unknown(earlier, source, prepared.ingested) == nil {
                let outcomes = try measure(earlier, source, &context)
                observe(.note(Self.line(outcomes)))
                runs.insert(outcomes, at: 0)
            }
        } catch {
            guard case .input = error else { throw error }
            observe(.warning("what came of earlier scores is not known: \(error)"))
        }
        return runs.isEmpty ? nil : OutcomesFile(runs)
    }

    // MARK: In a terminal

    private static func line(_ run: OutcomesFile.Run) -> String {
        "scores of \(run.scoreDate), outcomes to \(run.windowEnd): expected \(percent(run.all.expectedRate)), "
            + "came \(percent(run.all.rate)) of \(run.all.profiles) profiles"
    }

    /// Whether what was expected lies within the interval of what happened.
    private static func compared(_ group: OutcomesFile.Group) -> String {
        guard let expected = group.expectedRate, let low = group.rateLow, let high = group.rateHigh else {
            return "nobody"
        }
        return expected < low ? "more than expected" : expected > high ? "fewer than expected" : "as expected"
    }

    private static func text(_ runs: [OutcomesFile.Run], in folders: [String]) -> String {
        var lines: [String] = []
        for run in runs {
            lines.append(line(run))
            if let auc = run.auc { lines[lines.count - 1] += String(format: ", AUC %.3f", auc) }
            if run.profilesVanished > 0 {
                lines.append(
                    "  \(run.profilesVanished) of the \(run.profilesScored) profiles scored are not in the data any more "
                        + "and are left out")
            }
            func add(_ label: String, _ group: OutcomesFile.Group) {
                let interval =
                    group.profiles > 0 ? " (95 % interval \(percent(group.rateLow)) to \(percent(group.rateHigh)))" : ""
                lines.append(
                    "  \(label)\(String(repeating: " ", count: max(1, 12 - label.count)))\(group.profiles) profiles, "
                        + "expected \(percent(group.expectedRate)), actual \(percent(group.rate))\(interval): \(Self.compared(group))"
                )
            }
            for bucket in run.buckets.reversed() { add(bucket.name ?? "", bucket) }
            for decile in run.deciles { add("tenth \(decile.rank ?? 0)", decile) }
            lines.append("")
        }
        var seen = Set<String>()
        let pages = folders.filter { seen.insert($0).inserted }.map { "\($0)/\(RunFolder.report)" }
        return (lines + ["Added to " + pages.joined(separator: ", ")]).joined(separator: "\n")
    }

    private static func percent(_ share: Double?) -> String {
        share.map { String(format: "%.1f %%", $0 * 100) } ?? "–"
    }
}
