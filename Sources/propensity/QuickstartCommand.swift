import ArgumentParser
import ClusterTransport
import Foundation
import Pipeline

struct QuickstartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quickstart",
        abstract: "Unpack the bundled sample and run it.",
        discussion: """
            The sample is a part of UCI Online Retail: who buys again within 90 days of 2011-09-01? Beside it stand instances of other
            kinds of input and goal, on small invented data: churn.yaml, buys_what_is_seen.yaml, campaign.yaml, table.yaml.

            EXAMPLE
              propensity quickstart
              propensity quickstart my-first-run --workers 2
              propensity run my-first-run/churn.yaml
            """)

    @Argument(help: "The folder to unpack to.", completion: .directory)
    var directory = "propensity-quickstart"

    @Option(name: .shortAndLong, help: "Worker processes.")
    var workers = 2

    func validate() throws {
        guard (1...256).contains(workers) else { throw ValidationError("--workers is 1 to 256, not \(workers)") }
    }

    func run() throws {
        let files = FileManager.default
        guard let sample = Bundle.module.url(forResource: "Sample", withExtension: nil) else {
            throw RunError.failed("the bundled sample is not beside the program; install its .resources folder too")
        }
        do {
            try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for name in try files.contentsOfDirectory(atPath: sample.path).sorted() {
                let target = "\(directory)/\(name)"
                // What is there already may have been edited by its owner.
                if files.fileExists(atPath: target) { continue }
                try files.copyItem(atPath: sample.appendingPathComponent(name).path, toPath: target)
            }
        } catch {
            throw RunError.input("cannot unpack the sample into \(directory): \(error.localizedDescription)")
        }
        let instance = "\(directory)/online_retail.yaml"
        say("The sample is in \(directory). Running: propensity run \(instance) --workers \(workers)\n")
        let options = try RunOptions.parse([instance])
        let cores = AvailableProcessors.count
        let summary = try execute(options, cluster: .local(workers: workers, threads: max(1, cores / workers)))
        say("\n" + (try Preview(run: summary.output)).text)
    }
}
