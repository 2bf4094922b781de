/// The part of `run.json` that pages show: what ran, on what. It differs from cluster to cluster.
public struct RunFile: Decodable, Sendable {
    public var product: String
    public var instance: String
    public var instanceText: String
    public var started: String
    public var seconds: Double
    public var shards: Int
    public var profiles: Int
    public var duplicatesDropped: Int
    public var inputs: [Input]
    public var events: [Count]
    public var findings: [Finding]
    public var stages: [Stage]
    public var workers: [WorkerEvent]
    public var outputs: [Output]

    public struct Input: Decodable, Sendable {
        public var dataset: String
        public var rows: Int
        public var kept: Int
        public var rejected: [Count]
        /// The first and last day of the events that were kept.
        public var earliest: String?
        public var latest: String?
    }

    public struct Count: Decodable, Sendable {
        public var name: String
        public var count: Int
    }

    public struct Finding: Decodable, Sendable {
        public var severity: String
        public var what: String
        public var means: String?
        public var change: String?
    }

    public struct Stage: Decodable, Sendable {
        public var title: String
        public var seconds: Double
        public var bytes: Int
    }

    public struct WorkerEvent: Decodable, Sendable {
        public var seconds: Double
        public var worker: UInt64
        public var event: String
    }

    public struct Output: Decodable, Sendable {
        public var path: String
        public var bytes: Int
        public var rows: Int?
    }
}
