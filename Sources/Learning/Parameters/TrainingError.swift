/// Why training cannot start or go on.
///
/// None of these comes from a user's data: they say that two sides disagree about what is being trained.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
    case badShape(String)
    case badShard(String)
    /// An order or reply that does not follow from what came before.
    case outOfTurn(expected: String, got: String)
    case badOrder(String)
    case badTree(String)

    package var description: String {
        switch self {
        case .badShape(let what): "the features cannot be trained on: \(what)"
        case .badShard(let what): "the shard cannot be trained on: \(what); prepare it again"
        case .outOfTurn(let expected, let got): "training expected \(expected) and got \(got)"
        case .badOrder(let what): "the training order cannot be followed: \(what)"
        case .badTree(let what): "the tree is not a tree: \(what)"
        }
    }
}
