import ClusterProtocol

/// Answers of several workers to one question, of which two that are the same are believed.
struct Votes<Answer: Equatable & Sendable>: Sendable {
    enum Verdict {
        /// Another answer is wanted.
        case open
        /// `odd`: those who answered otherwise.
        case agreed(Answer, odd: [WorkerID])
    }

    private(set) var votes: [(worker: WorkerID, host: String, answer: Answer)] = []
    /// Who was asked and could not answer.
    private(set) var failed: Set<WorkerID> = []
    /// When the first answer came, and how long others are waited for: what took long may take long again.
    private let since: Instant
    private let patience: Duration

    /// - Parameter took: how long the first answer did.
    init(at now: Instant, took: Duration) {
        since = now
        patience = max(Audit.patience, took * 4)
    }

    /// Whether nobody is left to ask who could settle it.
    ///
    /// - Parameter alone: how long there has been but one worker.
    func isHopeless(among able: [WorkerID: String], alone: Duration, at now: Instant) -> Bool {
        guard candidates(among: able).isEmpty else { return false }
        return isDisputed ? now - since >= Audit.grace : alone >= Audit.grace
    }

    func isOverdue(at now: Instant, since asked: Instant? = nil) -> Bool { now - (asked ?? since) >= patience }

    var isDisputed: Bool { votes.count > 1 }
    var voters: [WorkerID] { votes.map(\.worker) }

    mutating func add(_ answer: Answer, by worker: WorkerID, on host: String) -> Verdict {
        guard !voters.contains(worker) else { return .open }
        votes.append((worker, host, answer))
        guard votes.dropLast().contains(where: { $0.answer == answer }) else { return .open }
        return .agreed(answer, odd: votes.filter { $0.answer != answer }.map(\.worker))
    }

    /// What somebody said who is not to be trusted counts no more.
    mutating func drop(_ worker: WorkerID) { votes.removeAll { $0.worker == worker } }

    mutating func couldNotAnswer(_ worker: WorkerID) { failed.insert(worker) }

    /// Who may answer next, of those on other hosts if there are any: what one machine gets wrong it may get wrong twice.
    func candidates(among hosts: [WorkerID: String]) -> [WorkerID] {
        let others = hosts.keys.filter { !voters.contains($0) && !failed.contains($0) }.sorted()
        let elsewhere = others.filter { worker in !votes.contains { $0.host == hosts[worker] } }
        return elsewhere.isEmpty ? others : elsewhere
    }

    /// Who said what, for a person.
    var dispute: String { votes.map { "\($0.worker) on \($0.host)" }.joined(separator: " and ") }
}

/// Which results are computed a second time, elsewhere, and compared: a share of them, by a hash, so that it depends on
/// nothing that differs from run to run.
struct Audit: Sendable {
    /// 0 to 1.
    let share: Double

    /// How long an answer waits for another one, at least, when those who could give it do not.
    static let patience = Duration.seconds(120)
    /// How long another worker is waited for where there is none that could tell: one that has gone may come back.
    static let grace = Duration.seconds(10)

    func chooses(_ hash: UInt64) -> Bool {
        if share <= 0 { return false }
        return share >= 1 || Double(hash >> 11) * 0x1p-53 < share
    }
}
