internal import Foundation
package import InstanceFile

/// What datasets are called to people: by their files, and not by their places in the instance file.
package struct DatasetTitles: Sendable, Equatable {
    /// Of `events[0]`, `events[1]` and so on, and of `profiles[0]` and so on.
    private var events: [String] = []
    private var profiles: [String] = []
    private var table: String?

    package init(_ instance: Instance) {
        if case .events(let source) = instance.source {
            let files = Self.titles(source.datasets.map(\.paths))
            events = source.datasets.enumerated().map { index, dataset in
                guard files.count(where: { $0 == files[index] }) > 1 else { return files[index] }
                // Of several that read the same files, by what is read.
                if case .constant(let type) = dataset.type { return "\(files[index]) (\(type))" }
                return "\(files[index]) (\(dataset.timestamp.column))"
            }
        }
        if case .features(let table) = instance.source { self.table = Self.title(table.paths) }
        profiles = Self.titles(instance.profiles.map(\.paths))
    }

    /// The names of files; of those of other folders that are called the same, the whole paths.
    private static func titles(_ paths: [[String]]) -> [String] {
        let names = paths.map(title)
        return names.indices.map { index in
            let isOther = names.indices.contains { names[$0] == names[index] && paths[$0] != paths[index] }
            return isOther ? paths[index].joined(separator: ", ") : names[index]
        }
    }

    private static func title(_ paths: [String]) -> String {
        let first = paths.first.map { ($0 as NSString).lastPathComponent } ?? ""
        return paths.count > 1 ? "\(first) and \(paths.count - 1) more" : first
    }

    /// What stands in the instance file under this key path: "events[1]" is "returns.csv".
    package func title(of name: String) -> String {
        if name == "features", let table { return table }
        return applied(to: name)
    }

    /// A text with titles in the places of key paths; a path that goes on, as in "events[0].numbers", is one to be typed and stays.
    package func applied(to text: String) -> String {
        text.replacing(/\b(events|profiles)\[([0-9]{1,4})\](?![.\[])/) { match in
            let titles = match.1 == "events" ? events : profiles
            guard let place = Int(match.2), titles.indices.contains(place) else { return String(match.0) }
            return titles[place]
        }
    }
}

extension Readiness {
    /// Calls datasets by their files where people read of them; `subject` stays as the instance names it.
    package mutating func speakOfFiles(of instance: Instance) { speak(by: DatasetTitles(instance)) }

    mutating func speak(by titles: DatasetTitles) {
        for index in findings.indices {
            findings[index].what = titles.applied(to: findings[index].what)
            findings[index].means = findings[index].means.map(titles.applied)
            findings[index].change = findings[index].change.map(titles.applied)
        }
        for index in datasets.indices { datasets[index].title = titles.title(of: datasets[index].name) }
    }
}
