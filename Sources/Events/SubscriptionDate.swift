/// The dates of a subscription, which profile tables name startDate and endDate: days are counted from the start, and
/// towards the end, which lies ahead and is known beforehand.
package enum SubscriptionDate: Sendable, Equatable {
    case start
    case end

    /// Of an attribute that is called so: in any case, with or without `_`, `-` or space between the words, also as the
    /// last part of a path (`subscription.end_date`, `plans[0].endDate`).
    package init?(attribute name: String) {
        let last = name.split(separator: ".").last ?? ""
        switch last.lowercased().filter({ !"_- ".contains($0) }) {
        case "startdate": self = .start
        case "enddate": self = .end
        default: return nil
        }
    }
}
