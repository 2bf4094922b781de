import Events

/// Where results may go.
extension Run {
    func runFolder(_ output: String, _ purpose: RunIdentity.Purpose?, _ file: String) throws(RunError) -> RunFolder {
        do throws(RunFolderError) {
            return try RunFolder(
                output: output, for: purpose.map { .results($0.kind) } ?? .addition, needed: needed(file),
                store: request.store)
        } catch {
            throw .input("\(error)")
        }
    }

    /// Whether a run could put its results there, for one who only asks: without a lock, and whether or not the place can
    /// be written to by whoever asks.
    func look(at output: String, _ file: String) throws(RunError) {
        do throws(RunFolderError) {
            try RunFolder.check(output, for: .run, needed: needed(file))
        } catch {
            switch error {
            case .closed, .immovable, .system: return
            default: throw .input("\(error)")
            }
        }
    }

    private func needed(_ file: String) -> [(path: String, words: String)] {
        [(file, "the instance file"), (request.executable, "this program")]
    }

    /// Refuses results that would take the place of what they are made of.
    func checkHoldsNoInput(_ output: String, _ plan: InputPlan) throws(RunError) {
        var seen: Set<String> = []
        let paths = plan.splits.map(\.path).filter { !$0.contains("://") && seen.insert($0).inserted }
        do throws(RunFolderError) {
            try OutputPlace(output).check(holdsNoneOf: paths.map { ($0, "an input") })
        } catch {
            throw .input("\(error)")
        }
    }
}

extension RunIdentity.Purpose {
    var kind: PublishedResults.Kind {
        switch self {
        case .run: .run
        case .features: .features
        }
    }
}
