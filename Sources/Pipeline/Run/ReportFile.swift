import Foundation
import Reporting
import RunOutputs

/// `report.html` of a finished run, made anew from its summaries.
package struct ReportFile: Sendable {
    /// Where it stands.
    package let path: String

    /// - Parameter output: the file to write; nil: beside the run's other outputs.
    package init(run folder: String, output: String?) throws(RunError) {
        path = output ?? "\(folder)/\(RunFolder.report)"
        let file = try output.map { output throws(RunError) in
            try NamedFile(output, "a page", replacing: EarlierLooks.isPage)
        }
        let report: Report
        do throws(InsightsError) {
            report = try Report(FinishedRun(folder: folder))
        } catch {
            throw .input("\(error)")
        }
        do throws(StoreError) {
            if let file {
                try file.write(Array(report.html.utf8))
            } else {
                try Additions.write([(RunFolder.report, Array(report.html.utf8))], to: folder)
            }
        } catch {
            throw .failed(RunFailure(error))
        }
    }
}
