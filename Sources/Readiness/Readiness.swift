package import Events
package import Features
package import InstanceFile
package import Tables

/// Whether the data support what the instance asks: the findings, the verdict they come to, and the counts behind them.
///
/// Filled step by step as a run ingests, assembles and bins; what a step that was not reached would have told is nil or
/// empty. All of it derives from sums over splits and shards, hence not from workers or their order. Its JSON
/// (`Documentation.docc/Checks.md`) has these properties in snake_case.
package struct Readiness: Sendable, Equatable, Encodable {
    package static let formatVersion = 1

    package struct Count: Sendable, Equatable, Encodable {
        package var name: String
        package var count: Int
    }

    package struct Dataset: Sendable, Equatable, Encodable {
        /// Its key path in the instance: `events[0]`.
        package var name: String
        /// What people call it: its file.
        package var title: String?
        package var rows: Int
        package var used: Int
        /// Rows that are not used, by reason.
        package var rejected: [Count]
        /// Of the events that are used.
        package var earliest: String?
        package var latest: String?
        /// Different identities.
        package var profiles: Int?
        /// How many of them are in some other dataset of events too (or in the feature table); nil if there is no other.
        package var shared: Int?
    }

    package struct Column: Sendable, Equatable, Encodable {
        package enum Role: String, Sendable, Encodable { case identity, timestamp, label, number, category, attribute }
        /// Several, with commas, where several have the field.
        package var dataset: String
        package var column: String
        package var role: Role
        package var rows: Int
        /// Rows that have a value that can be used.
        package var values: Int
        /// `values` of `rows`, to four places.
        package var share: Double

        init(_ dataset: String, _ column: String, _ role: Role, values: Int, of rows: Int) {
            self.dataset = dataset
            self.column = column
            self.role = role
            self.rows = rows
            self.values = values
            share = rows == 0 ? 0 : Double((Int128(values) * 20_000 + Int128(rows)) / (2 * Int128(rows))) / 10_000
        }
    }

    package struct Snapshot: Sendable, Equatable, Encodable {
        /// nil for a feature table.
        package var date: String?
        package var profiles: Int
        package var withOutcome: Int
        /// The least label and the largest; nil where labels are outcomes.
        package var least: Float?
        package var largest: Float?
    }

    package private(set) var version = Readiness.formatVersion
    package var name: String
    package private(set) var verdict = Verdict.ready
    /// The gravest first; among equals in the order of the checks.
    package internal(set) var findings: [Finding] = []
    package internal(set) var datasets: [Dataset] = []
    package internal(set) var columns: [Column] = []
    /// Most frequent first, at most a hundred.
    package internal(set) var events: [Count] = []
    package internal(set) var scoreDate: String?
    package internal(set) var toBeScored: Int?
    /// Who is scored, in words; nil of a ready table.
    package var eligible: String?
    /// Rows that repeat another of the same dataset in every column.
    package internal(set) var duplicatesDropped: Int?
    /// Those whose outcome is known, newest first.
    package internal(set) var snapshots: [Snapshot] = []
    package internal(set) var features: Int?

    package init(name: String) { self.name = name }

    package mutating func add(_ more: [Finding]) {
        let all = findings + more
        findings = Finding.Severity.allCases.flatMap { severity in all.filter { $0.severity == severity } }
        verdict = Verdict(findings)
    }

    package func findings(_ severity: Finding.Severity) -> [Finding] { findings.filter { $0.severity == severity } }
}

extension Readiness {
    /// Of an instance file that cannot be read.
    package init(_ error: InstanceError, file: String) {
        self.init(name: file)
        add(error.problems.map { Finding(.instance, .stop, $0.keyPath, $0.description) })
    }

    /// What stands in the way of reading the files.
    package mutating func add(_ error: InputError) {
        add(error.problems.map { Finding(.input, .stop, "", $0.description) })
    }

    /// What was ingested, and whatever can be said of it before features are made.
    ///
    /// - Parameter today: the date by which data are old where no as-of date is given.
    package mutating func add(_ ingested: IngestSummary, instance: Instance, plan: InputPlan, today: Timestamp) {
        let check = DataCheck(instance: instance, plan: plan, ingested: ingested, today: today)
        datasets = check.datasets
        columns = check.columns
        events = check.events
        add(check.findings)
    }

    /// What was assembled by the recipe.
    package mutating func add(
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
    package mutating func add(
        _ outcomes: FeatureOutcomes, of features: [(code: String, name: String)], recipe: FeatureRecipe,
        plan: InputPlan
    ) {
        add(LeakageCheck(features: features, recipe: recipe, plan: plan, outcomes: outcomes).findings)
    }
}
