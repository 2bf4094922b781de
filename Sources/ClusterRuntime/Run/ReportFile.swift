import Foundation
import Insights

/// `report.html` of a finished run, made anew from its summaries.
public struct ReportFile: Sendable {
    /// Where it stands.
    public let path: String

    /// - Parameter output: the file to write; nil: beside the run's other outputs.
    public init(run folder: String, output: String?) throws(RunError) {
        path = output ?? "\(folder)/\(RunFolder.report)"
        let report: Report
        do throws(InsightsError) {
            report = try Report(FinishedRun(folder: folder))
        } catch {
            throw .input("\(error)")
        }
        do throws(StoreError) {
            try Files.write(Array(report.html.utf8), to: path)
            if output == nil { try Additions.note([RunFolder.report], in: folder) }
        } catch {
            throw .failed("\(error)")
        }
    }
}
