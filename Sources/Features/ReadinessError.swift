package import Events
package import InstanceFile
package import Tables

/// Why the data do not support what the instance asks. Its message is a finding of the checks.
package enum ReadinessError: Error, Sendable, Equatable {
    case noUsableRow(rowsRead: Int, rejects: [RejectCount])
    /// - key: what sets the limit.
    case tooManyUnusable(
        dataset: String, unusable: Int, rowsRead: Int, limit: Double, key: String, rejects: [RejectCount])
    case asOfBeforeData(asOf: Timestamp, earliest: Timestamp)
    case asOfAfterData(asOf: Timestamp, latest: Timestamp)
    case unknownEvent(name: String, role: String, nearest: String?, types: [String])
    case goalNeverMet(types: [String])
    case nobodyEverEligible(types: [String])
    case tooLittleHistory(needed: Days, window: Days, earliest: Timestamp, asOf: Timestamp)
    case noLabelledRow(field: String)
    case nobodyEligible(asOf: Timestamp, latestEvent: Timestamp?)
    case tooFewOutcomes(with: Int, without: Int, minimum: Int, snapshots: Int)
    /// Of labels that are numbers.
    case tooFewNumbers(count: Int, areEqual: Bool, minimum: Int)

    package struct RejectCount: Sendable, Equatable {
        package var reason: RejectReason
        package var count: Int
        /// Which rows, and what would read them; empty where nothing can be shown.
        package var detail = ""
    }
}
