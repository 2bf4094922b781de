import ClusterCore
import Foundation

/// How far the training of a model has come.
struct TrainingProgress {
    let trees: Int
    let limit: Int
    /// With these trees; nil without profiles held out.
    let loss: Double?
    /// The lowest so far, and with how many trees.
    let best: (trees: Int, loss: Double)?

    /// nil where the fit grows no trees.
    init?(_ progress: FitProgress, after earlier: TrainingProgress?) {
        guard let limit = progress.limit else { return nil }
        (trees, self.limit, loss) = (progress.finished, limit, progress.loss)
        let (trees, loss) = (progress.finished, progress.loss)
        // Of fewer trees than before it is another model's.
        let known = earlier.flatMap { $0.trees <= trees ? $0.best : nil }
        if let loss, loss < known?.loss ?? .infinity { best = (trees, loss) } else { best = known }
    }

    var text: String {
        "tree \(trees) of at most \(limit)" + (loss.map { String(format: " · validation loss %.4f", $0) } ?? "")
    }

    /// When it is done.
    var summary: String {
        "\(trees) trees grown"
            + (best.map { String(format: ", validation loss %.4f with %d", $0.loss, $0.trees) } ?? "")
    }
}
