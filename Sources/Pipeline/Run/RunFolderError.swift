/// Why a run cannot write where it was told to.
package enum RunFolderError: Error, Sendable, CustomStringConvertible {
    case occupied(String)
    /// It holds results of the other kind.
    case otherResults(String, are: String, wanted: String)
    case busy(String, owner: String)
    case notAFolder(String)
    case linkLoop(String)
    /// It is or holds what is no result; `what` ends the sentence.
    case holds(String, String)
    case mount(String, below: String?)
    /// The folder in which it would stand cannot be written to.
    case closed(String, parent: String, reason: String)
    /// Something in it, which is not a run's, could not be kept.
    case immovable(String, reason: String)
    /// What an earlier publishing left, which is not a run's, could not be brought back.
    case stranded(String, reason: String)
    case interrupted(workspace: String, obstacle: String)
    case system(StoreError)

    package var description: String {
        switch self {
        case .occupied(let path):
            "the output folder \(path) holds something else than an earlier run; choose another with --output, or empty it"
        case .otherResults(let path, let are, let wanted):
            "the output folder \(path) holds what `propensity \(are)` made, and `propensity \(wanted)` would take it away; "
                + "choose another with --output"
        case .busy(let path, let owner):
            "another run is writing to \(path) right now (\(owner)); wait for it, or choose another folder with --output"
        case .notAFolder(let path):
            "the output \(path) is a file; choose another folder with --output"
        case .linkLoop(let path):
            "the output \(path) is a link that leads back to itself; mend it, or choose another folder with --output"
        case .holds(let path, let what):
            "the output \(path) \(what), and results take the place of a whole folder; choose another with --output, such as \(path == "/" ? "" : path)/results"
        case .mount(let path, nil):
            "something is mounted at the output \(path), so that no folder can take its place in one step; name a folder "
                + "in it with --output, such as \(path)/results"
        case .mount(let path, let below?):
            "something is mounted at \(below), within the output \(path), so that no folder can take its place; choose "
                + "another with --output, or unmount it"
        case .closed(let path, let parent, let reason):
            "the results cannot be put at \(path): \(parent) cannot be written to (\(reason)); choose another folder with "
                + "--output"
        case .immovable(let path, let reason):
            "\(path) is not of a run and stays, but cannot be put beside new results (\(reason)); move it, or choose "
                + "another folder with --output"
        case .stranded(let path, let reason):
            "\(path) holds what was beside the results of an earlier run and could not be put beside those that took "
                + "their place (\(reason)); move it to where it belongs, then remove that folder"
        case .interrupted(let workspace, let obstacle):
            "an interrupted run is in \(workspace), which \(obstacle); finish it as it was begun, or add --fresh to "
                + "drop what it had done and begin anew"
        case .system(let error): error.description
        }
    }
}
