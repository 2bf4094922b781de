import ClusterProtocol

/// Names of stages, as good as any.
extension Stage {
    static let gather = Stage("gather")
    static let bin = Stage("bin")
    static let score = Stage("score")
    static let train = Stage("train")
}
