import ClusterProtocol

/// Names of stages, as good as any.
extension Stage {
    static let ingest = Stage("ingest")
    static let bin = Stage("bin")
    static let score = Stage("score")
    static let train = Stage("train")
}
