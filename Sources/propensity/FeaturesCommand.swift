import ArgumentParser
import Pipeline

struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Write the features of an instance as Parquet, without training.",
        discussion: """
            One row for each profile and snapshot: profile, snapshot, outcome (empty where it is not known yet), whether \
            the profile is held out of training, and a column a feature. features.json names them. For models of your own.

            EXAMPLE
              propensity features churn.yaml --output churn-features
            """)

    @OptionGroup var options: RunOptions

    func run() throws {
        say(
            try execute(options, cluster: .local(workers: 2, threads: 1)) { run throws(RunError) in
                try run.exportFeatures()
            })
    }
}
