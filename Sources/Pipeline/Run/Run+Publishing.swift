import ClusterTransport
import Events
import Features
import Foundation
import InstanceFile
import Learning
import Readiness
import Reporting
import RunOutputs
import Tables
import ZeroMQ

/// The product's version, as `propensity --version` says it.
package let productVersion = "0.1.0"

/// All that the stages of a run found out.
struct RunFindings {
    var prepared: Prepared
    var binned: Binned
    var trained: Trained
    var scored: Scored
}

/// What is published of any run, besides what its objective has to say.
struct Publication {
    var prepared: Prepared
    var binned: Binned
    var model: Model
    /// Of the outputs that come in parts.
    var parts: [OutputFile]
    /// Profiles that have a score or a prediction.
    var profiles: Int
    var seconds: Double
}

extension Run {
    /// Adds model, insights and record to the parts, and puts the results in the output's place.
    func publish(
        _ found: RunFindings, outcomes: OutcomesFile?, _ context: inout RunContext
    ) throws(RunError) -> RunSummary {
        let insights = Insights.file(of: found, context.instance)
        let publication = Publication(
            prepared: found.prepared, binned: found.binned, model: found.trained.model, parts: found.scored.files,
            profiles: insights.profilesScored, seconds: context.seconds)
        let findings: [UInt8]
        var documents: [(path: String, bytes: [UInt8])] = []
        do throws(StoreError) {
            findings = try RunJSON.encoded(insights)
            documents.append(("insights.json", findings))
            if !context.instance.segments.isEmpty {
                documents.append(("segments/summary.json", try RunJSON.encoded(insights.segments)))
            }
        } catch {
            throw .failed(RunFailure(error))
        }
        try publish(publication, documents, &context) { record, results throws(StoreError) in
            var additions = Additions()
            if let outcomes {
                try Files.write(try RunJSON.encoded(outcomes), to: "\(results)/\(OutcomesFile.name)")
                try additions.add(OutcomesFile.name, in: results)
            }
            if try self.writeReport(insights: findings, record: record, outcomes, to: results) {
                try additions.add(RunFolder.report, in: results)
            }
            try additions.write(to: results)
        }
        return RunSummary(
            insights, output: context.folder.output, seconds: publication.seconds,
            rejected: Self.rejections(found.prepared)
        ).saying(context.objects)
    }

    /// Adds the model, documents and the record to the parts, and puts the results in the output's place, unless an
    /// interrupted run of the same journal did.
    ///
    /// - Parameter addition: writes to the results what is not hashed, given the record.
    func publish(
        _ publication: Publication, _ documents: [(path: String, bytes: [UInt8])], _ context: inout RunContext,
        adding addition: (_ record: [UInt8], _ results: String) throws(StoreError) -> Void = { _, _ in }
    ) throws(RunError) {
        if context.folder.isCommitted { return try putInObjectStore(context) }
        let results = context.folder.workspace.results
        context.files.endWriting()
        try context.stored { () throws(StoreError) in try Files.removeUnfinished(below: results) }
        var files = publication.parts
        func add(_ path: String, _ bytes: [UInt8]) throws(StoreError) {
            try Files.write(bytes, to: "\(results)/\(path)")
            let (hash, size) = try Digest.sha256(ofFile: "\(results)/\(path)")
            files.append(OutputFile(path: path, sha256: hash, bytes: size, rows: 0))
        }
        do throws(StoreError) {
            try add(ModelExport.modelPath, publication.model.encoded)
            for document in documents { try add(document.path, document.bytes) }
            files.sort { $0.path < $1.path }
            let record = RecordSeal.sealed(try RunJSON.encoded(record(publication, files, context)))
            try Files.write(record, to: "\(results)/\(PublishedResults.Kind.run.mark)")
            try addition(record, results)
        } catch {
            throw .failed(RunFailure(error))
        }
        do throws(RunFolderError) {
            tell(of: try context.folder.commit(.run))
        } catch {
            throw .failed(RunFailure(error))
        }
        try putInObjectStore(context)
    }

    /// Copies the results to the object store that the instance names as its output, if it names one.
    func putInObjectStore(_ context: borrowing RunContext) throws(RunError) {
        guard let objects = context.objects else { return }
        observe(.note("the results stand in \(context.folder.output), and go to \(objects.address)"))
        let published: PublishedResults?
        do throws(StoreError) {
            published = try PublishedResults(folder: context.folder.output, isKnown: true)
        } catch {
            throw .failed(RunFailure(error))
        }
        guard let published else { throw .failed("\(context.folder.output) holds no results any more") }
        try objects.publish(context.folder.output, published, observe: observe)
    }

    /// Says what results have taken the place of, and what is beside them.
    func tell(of replaced: Replaced) {
        for note in replaced.notes { observe(.note(note)) }
        if let warning = replaced.warning { observe(.warning(warning)) }
    }

    /// The page of what was found out and what ran. It shows times, and so is not among the hashed outputs. It can be
    /// made again at any time, so that a run does not fail for it.
    ///
    /// - Returns: whether there is one.
    private func writeReport(
        insights: [UInt8], record: [UInt8], _ outcomes: OutcomesFile?, to results: String
    ) throws(StoreError) -> Bool {
        let report: Report
        do throws(InsightsError) {
            report = try Report(FinishedRun(insights: insights, record: record, outcomes: outcomes))
        } catch {
            observe(.warning("there is no \(RunFolder.report): \(error)"))
            return false
        }
        try Files.write(Array(report.html.utf8), to: "\(results)/\(RunFolder.report)")
        return true
    }

    private func record(
        _ publication: Publication, _ files: [OutputFile], _ context: borrowing RunContext
    ) -> RunFile {
        let (prepared, binned) = (publication.prepared, publication.binned)
        return RunFile(
            version: RunFile.formatVersion, product: productVersion,
            libraries: ["arrow": arrowVersion, "libzmq": Context.libraryVersion],
            instance: request.instanceFile, instanceText: context.instanceText,
            started: Timestamp(microseconds: Int64(context.started.timeIntervalSince1970 * 1e6)).description,
            seconds: publication.seconds, shards: context.plan.shardCount, settings: context.instance.model,
            inputs: Self.inputs(prepared, context.plan), events: Self.events(prepared),
            duplicatesDropped: prepared.assembled.duplicates, profiles: prepared.assembled.profiles,
            profilesScored: publication.profiles, features: binned.binning.features.count,
            labelledRows: RunFile.LabelledRows(prepared.assembled),
            findings: prepared.readiness.findings.map { RunFile.Finding($0) }, stages: context.timings,
            workers: context.service.account.map { RunFile.WorkerEvent.all($0.history) } ?? [],
            cluster: context.service.account.map { RunFile.Cluster($0.history, context.service.traffic, at: $0.time) },
            outputs: files.map { RunFile.Output($0) }, seal: RecordSeal.blank)
    }

    private static func inputs(_ prepared: Prepared, _ plan: InputPlan) -> [RunFile.Input] {
        zip(plan.datasets, prepared.ingested.datasets).map { dataset, rows in
            RunFile.Input(
                dataset: dataset.name, rows: rows.rowsRead, kept: rows.rowsKept,
                rejected: RejectReason.allCases.compactMap { reason in
                    let count = rows.rejected[reason.rawValue]
                    return count == 0 ? nil : RunFile.Count(name: reason.description, count: count)
                },
                earliest: rows.earliest.map { Timestamp(microseconds: $0).description },
                latest: rows.latest.map { Timestamp(microseconds: $0).description })
        }
    }

    private static func events(_ prepared: Prepared) -> [RunFile.Count] {
        (prepared.ingested.types + prepared.ingested.customEvents).map {
            RunFile.Count(name: $0.name, count: $0.events)
        }
    }

    /// A line for each reason why rows were not used.
    static func rejections(_ prepared: Prepared) -> [String] {
        var lines = RejectReason.allCases.compactMap { reason in
            let count = prepared.ingested.rejected(reason)
            return count == 0 ? nil : "\(count) \(reason.description)"
        }
        if prepared.assembled.duplicates > 0 { lines.append("\(prepared.assembled.duplicates) exact duplicates") }
        if prepared.assembled.replaced > 0 {
            lines.append("\(prepared.assembled.replaced) replaced by a later row of the profile")
        }
        return lines
    }
}

extension RunFile.LabelledRows {
    fileprivate init(_ assembled: AssembleSummary) {
        self.init(
            training: assembled.labels.learned, trainingChosen: assembled.chosen.learned,
            heldOut: assembled.labels.heldOut, heldOutChosen: assembled.chosen.heldOut)
    }
}
