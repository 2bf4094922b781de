/// Everything that is wrong with an instance file, in the order of its lines.
package struct InstanceError: Error, Sendable, Equatable {
    package var problems: [Problem]

    /// One thing that is wrong, where, and what was probably meant.
    package struct Problem: Sendable, Equatable {
        /// As the user named it.
        package var file: String
        /// From 1; 0 where the problem is with the file as a whole.
        package var line: Int
        /// In Unicode scalars, from 1; 0 where the problem is with the file as a whole.
        package var column: Int
        /// Such as `events[0].identity`; empty at the top.
        package var keyPath: String
        package var message: String
        /// The nearest valid key or name.
        package var suggestion: String?
    }
}

extension InstanceError: CustomStringConvertible {
    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension InstanceError.Problem: CustomStringConvertible {
    /// Such as `churn.yaml:12:5: events[0].identty: unknown key; did you mean "identity"?`
    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        let path = keyPath.isEmpty ? "" : "\(keyPath): "
        let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
        return place + path + message + hint
    }
}
