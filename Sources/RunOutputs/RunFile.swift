import InstanceFile
package import Learning
import Readiness

/// `run.json`: what ran, on what, and what became of it. Holds times and workers, and so differs from run to run.
///
/// What versions of the program before did not write is optional.
package struct RunFile: Codable, Sendable {
    package static let formatVersion = 1

    package var version: Int
    package var product: String
    package var libraries: [String: String]?
    package var instance: String
    package var instanceText: String
    package var started: String
    package var seconds: Double
    package var shards: Int
    package var settings: HyperParameters?
    package var inputs: [Input]
    package var events: [Count]
    package var duplicatesDropped: Int
    package var profiles: Int
    package var profilesScored: Int?
    package var features: Int?
    package var labelledRows: LabelledRows?
    /// What the checks before training found, the gravest first.
    package var findings: [Finding]
    package var stages: [Stage]
    package var workers: [WorkerEvent]
    /// nil where the cluster was asked for nothing: all was in the journal.
    package var cluster: Cluster?
    package var outputs: [Output]
    /// The hash of the file with zeros in its place.
    package var seal: String?

    package init(
        version: Int, product: String, libraries: [String: String]? = nil, instance: String, instanceText: String,
        started: String, seconds: Double, shards: Int, settings: HyperParameters? = nil, inputs: [Input],
        events: [Count],
        duplicatesDropped: Int, profiles: Int, profilesScored: Int? = nil, features: Int? = nil,
        labelledRows: LabelledRows? = nil,
        findings: [Finding], stages: [Stage], workers: [WorkerEvent], cluster: Cluster? = nil, outputs: [Output],
        seal: String? = nil
    ) {
        self.version = version
        self.product = product
        self.libraries = libraries
        self.instance = instance
        self.instanceText = instanceText
        self.started = started
        self.seconds = seconds
        self.shards = shards
        self.settings = settings
        self.inputs = inputs
        self.events = events
        self.duplicatesDropped = duplicatesDropped
        self.profiles = profiles
        self.profilesScored = profilesScored
        self.features = features
        self.labelledRows = labelledRows
        self.findings = findings
        self.stages = stages
        self.workers = workers
        self.cluster = cluster
        self.outputs = outputs
        self.seal = seal
    }

    /// Profiles at dates at which their outcome is known.
    package struct LabelledRows: Codable, Sendable {
        /// Of profiles to learn from, and those that were chosen of them.
        package var training: Int
        package var trainingChosen: Int
        /// Of profiles that are held out, likewise.
        package var heldOut: Int
        package var heldOutChosen: Int

        package init(training: Int, trainingChosen: Int, heldOut: Int, heldOutChosen: Int) {
            self.training = training
            self.trainingChosen = trainingChosen
            self.heldOut = heldOut
            self.heldOutChosen = heldOutChosen
        }
    }

    package struct Output: Codable, Sendable {
        package var path: String
        package var sha256: String
        package var bytes: Int
        package var rows: Int?

        package init(
            path: String, sha256: String, bytes: Int, rows: Int? = nil
        ) {
            self.path = path
            self.sha256 = sha256
            self.bytes = bytes
            self.rows = rows
        }
    }

    package struct Input: Codable, Sendable {
        package var dataset: String
        package var rows: Int
        package var kept: Int
        /// Rows that could not be used, by reason.
        package var rejected: [Count]
        /// The first and the last moment of the events that are kept; nil where rows have none.
        package var earliest: String?
        package var latest: String?

        package init(
            dataset: String, rows: Int, kept: Int, rejected: [Count], earliest: String? = nil, latest: String? = nil
        ) {
            self.dataset = dataset
            self.rows = rows
            self.kept = kept
            self.rejected = rejected
            self.earliest = earliest
            self.latest = latest
        }
    }

    package struct Count: Codable, Sendable {
        package var name: String
        package var count: Int

        package init(
            name: String, count: Int
        ) {
            self.name = name
            self.count = count
        }
    }

    /// As `Readiness.Finding` writes itself; the code is a text, for other versions have others.
    package struct Finding: Codable, Sendable {
        package var code: String
        package var severity: String
        package var subject: String
        package var what: String
        package var means: String?
        package var change: String?

        package init(
            code: String, severity: String, subject: String, what: String, means: String? = nil,
            change: String? = nil
        ) {
            self.code = code
            self.severity = severity
            self.subject = subject
            self.what = what
            self.means = means
            self.change = change
        }
    }

    package struct Stage: Codable, Sendable {
        package var stage: String
        package var title: String
        package var seconds: Double
        /// What workers sent during it.
        package var bytes: Int
        /// What was sent to workers during it.
        package var bytesSent: Int?
        /// Of training: for each tree that was grown, those that did not improve the model included.
        package var bytesPerTree: Int?

        package init(
            stage: String, title: String, seconds: Double, bytes: Int, bytesSent: Int? = nil, bytesPerTree: Int? = nil
        ) {
            self.stage = stage
            self.title = title
            self.seconds = seconds
            self.bytes = bytes
            self.bytesSent = bytesSent
            self.bytesPerTree = bytesPerTree
        }
    }

    package struct WorkerEvent: Codable, Sendable {
        package var seconds: Double
        package var worker: UInt64
        package var event: String

        package init(
            seconds: Double, worker: UInt64, event: String
        ) {
            self.seconds = seconds
            self.worker = worker
            self.event = event
        }
    }

    /// Who took part under this coordinator (one that went on from a journal does not know of those before it), and
    /// what happened to them: see `cluster/README.md`.
    package struct Cluster: Codable, Sendable {
        package var counters: [String: Int]
        package var members: [Member]
        /// Workers that were there and are not listed, of very many.
        package var unlisted: Int
        package var faults: [Fault]

        package init(
            counters: [String: Int], members: [Member], unlisted: Int, faults: [Fault]
        ) {
            self.counters = counters
            self.members = members
            self.unlisted = unlisted
            self.faults = faults
        }

        package struct Member: Codable, Sendable {
            package var worker: UInt64
            package var name: String?
            package var host: String
            package var process: Int32
            package var threads: Int
            package var version: String
            package var joined: Double
            package var left: Double
            /// finished, stopped, lost, expelled.
            package var why: String
            package var reason: String?
            package var tasks: Int
            package var answers: Int
            package var mostShards: Int
            /// What it sent to the coordinator, and was sent by it.
            package var bytes: UInt64?
            package var bytesSent: UInt64?

            package init(
                worker: UInt64, name: String? = nil, host: String, process: Int32, threads: Int, version: String,
                joined: Double, left: Double, why: String, reason: String? = nil, tasks: Int, answers: Int,
                mostShards: Int, bytes: UInt64? = nil, bytesSent: UInt64? = nil
            ) {
                self.worker = worker
                self.name = name
                self.host = host
                self.process = process
                self.threads = threads
                self.version = version
                self.joined = joined
                self.left = left
                self.why = why
                self.reason = reason
                self.tasks = tasks
                self.answers = answers
                self.mostShards = mostShards
                self.bytes = bytes
                self.bytesSent = bytesSent
            }
        }

        package struct Fault: Codable, Sendable {
            package var seconds: Double
            package var what: String

            package init(
                seconds: Double, what: String
            ) {
                self.seconds = seconds
                self.what = what
            }
        }
    }
}
