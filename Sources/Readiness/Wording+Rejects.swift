import Events
import InstanceFile

extension Wording {
    /// How many rows of a dataset were turned away, and why.
    static func rejects(_ rows: IngestSummary.DatasetRows) -> [Readiness.Count] {
        RejectReason.allCases.compactMap { reason in
            let count = rows.rejected[reason.rawValue]
            return count == 0 ? nil : Readiness.Count(name: reason.description, count: count)
        }
    }
}
