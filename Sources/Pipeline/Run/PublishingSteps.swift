import Foundation

/// Steps of publishing, at each of which a test can have this process end as by a power cut. Nobody else sets the
/// variables.
struct PublishingSteps {
    /// The number of the step at which to end.
    static let killVariable = "PROPENSITY_TEST_KILL_AT_PUBLISHING_STEP"
    /// Set: as on a file system where two names cannot be exchanged in one step.
    static let plainVariable = "PROPENSITY_TEST_PUBLISH_BY_RENAMING"

    private var left: Int?
    let mayExchange: Bool

    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        left = environment[Self.killVariable].flatMap { Int($0) }
        mayExchange = environment[Self.plainVariable] == nil
    }

    mutating func pass() {
        guard let left else { return }
        if left <= 1 { kill(getpid(), SIGKILL) }
        self.left = left - 1
    }
}
