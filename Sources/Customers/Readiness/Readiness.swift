public import Tables

/// Whether the data support what the instance asks: the findings, the verdict they come to, and the counts behind them.
///
/// Filled step by step as a run gathers, assembles and bins; what a step that was not reached would have told is nil or
/// empty. All of it derives from sums over splits and shards, hence not from workers or their order. Its JSON
/// (`CHECKS.md`) has these properties in snake_case.
public struct Readiness: Sendable, Equatable, Encodable {
    public static let formatVersion = 1

    public struct Count: Sendable, Equatable, Encodable {
        public var name: String
        public var count: Int
    }

    public struct Dataset: Sendable, Equatable, Encodable {
        /// Its key path in the instance: `events[0]`.
        public var name: String
        /// What people call it: its file.
        public var title: String?
        public var rows: Int
        public var used: Int
        /// Rows that are not used, by reason.
        public var rejected: [Count]
        /// Of the events that are used.
        public var earliest: String?
        public var latest: String?
        /// Different identities.
        public var profiles: Int?
        /// How many of them are in some other dataset of events too (or in the feature table); nil if there is no other.
        public var shared: Int?
    }

    public struct Column: Sendable, Equatable, Encodable {
        public enum Role: String, Sendable, Encodable { case identity, timestamp, label, number, category, attribute }
        /// Several, with commas, where several have the field.
        public var dataset: String
        public var column: String
        public var role: Role
        public var rows: Int
        /// Rows that have a value that can be used.
        public var values: Int
        /// `values` of `rows`, to four places.
        public var share: Double

        init(_ dataset: String, _ column: String, _ role: Role, values: Int, of rows: Int) {
            self.dataset = dataset
            self.column = column
            self.role = role
            self.rows = rows
            self.values = values
            share = rows == 0 ? 0 : Double((Int128(values) * 20_000 + Int128(rows)) / (2 * Int128(rows))) / 10_000
        }
    }

    public struct Snapshot: Sendable, Equatable, Encodable {
        /// nil for a feature table.
        public var date: String?
        public var profiles: Int
        public var withOutcome: Int
    }

    public private(set) var version = Readiness.formatVersion
    public var name: String
    public private(set) var verdict = Verdict.ready
    /// The gravest first; among equals in the order of the checks.
    public internal(set) var findings: [Finding] = []
    public internal(set) var datasets: [Dataset] = []
    public internal(set) var columns: [Column] = []
    /// Most frequent first, at most a hundred.
    public internal(set) var events: [Count] = []
    public internal(set) var scoreDate: String?
    public internal(set) var toBeScored: Int?
    /// Who is scored, in words; nil of a ready table.
    public var eligible: String?
    /// Rows that repeat another of the same dataset in every column.
    public internal(set) var duplicatesDropped: Int?
    /// Those whose outcome is known, newest first.
    public internal(set) var snapshots: [Snapshot] = []
    public internal(set) var features: Int?

    public init(name: String) { self.name = name }

    public mutating func add(_ more: [Finding]) {
        let all = findings + more
        findings = Finding.Severity.allCases.flatMap { severity in all.filter { $0.severity == severity } }
        verdict = Verdict(findings)
    }

    public func findings(_ severity: Finding.Severity) -> [Finding] { findings.filter { $0.severity == severity } }
}

extension Readiness {
    /// Of an instance file that cannot be read.
    public init(_ error: InstanceError, file: String) {
        self.init(name: file)
        add(error.problems.map { Finding(.instance, .stop, $0.keyPath, $0.description) })
    }

    /// What stands in the way of reading the files.
    public mutating func add(_ error: InputError) {
        add(error.problems.map { Finding(.input, .stop, "", $0.description) })
    }

    /// What was gathered, and whatever can be said of it before features are made.
    ///
    /// - Parameter today: the date by which data are old where no as-of date is given.
    public mutating func add(_ gathered: GatherSummary, instance: Instance, plan: InputPlan, today: Timestamp) {
        let check = DataCheck(instance: instance, plan: plan, gathered: gathered, today: today)
        datasets = check.datasets
        columns = check.columns
        events = check.events
        add(check.findings)
    }

    /// What was assembled by the recipe.
    public mutating func add(
        _ assembled: AssembleSummary, recipe: FeatureRecipe, instance: Instance, plan: InputPlan, latest: Int64?
    ) {
        let check = OutcomeCheck(
            plan: plan, recipe: recipe, assembled: assembled, checks: instance.checks, latest: latest)
        scoreDate = recipe.asOf?.description
        toBeScored = assembled.rows.first
        features = recipe.features.count
        snapshots = check.snapshots
        let identities = IdentityCheck(plan: plan, overlap: assembled.overlap)
        for (index, dataset) in assembled.overlap.datasets.enumerated() where index < datasets.count {
            datasets[index].profiles = dataset.profiles
            datasets[index].shared = plan.datasets.count > 1 ? dataset.shared : nil
        }
        var conspicuous = ConspicuousCheck(recipe: recipe, assembled: assembled)
        if case .features(let table) = instance.source { conspicuous.areRowNumbers = table.identity == .rowNumber }
        add(check.findings + identities.findings + conspicuous.findings)
        duplicatesDropped = assembled.duplicates
    }

    /// What single features give away.
    public mutating func add(
        _ outcomes: FeatureOutcomes, of features: [(code: String, name: String)], recipe: FeatureRecipe,
        plan: InputPlan
    ) {
        add(LeakageCheck(features: features, recipe: recipe, plan: plan, outcomes: outcomes).findings)
    }
}
