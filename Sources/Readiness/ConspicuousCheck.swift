import Events
import Features
import InstanceFile

/// Whether profiles are one customer each.
struct ConspicuousCheck {
    let recipe: FeatureRecipe
    let assembled: AssembleSummary

    /// A profile past one in so many rows is hardly one customer.
    private static let dominantShare = 20

    private var found: ConspicuousIdentities { assembled.conspicuous }
    private var rows: Int { recipe.isFeatureTable ? assembled.profiles : assembled.events }
    private var subject: String { recipe.isFeatureTable ? "features" : "events" }
    private let keys = "if it names nobody, set identity: { column: ..., missing: [...] }"

    /// Rows that go by their numbers have the program's own names.
    var areRowNumbers = false

    var findings: [Finding] { areRowNumbers ? [] : dominant + placeholders + rounded + repeated }

    private var dominant: [Finding] {
        // Of a handful of profiles each has a large share.
        guard assembled.profiles >= 5 * Self.dominantShare, !recipe.isFeatureTable else { return [] }
        return found.largest.filter { Self.dominantShare * $0.rows > rows }.map { count in
            Finding(
                .dominantProfile, .warning, subject,
                "\(subject): the profile \"\(count.identity)\" has \(Wording.percent(count.rows, of: rows)) of all rows",
                means: "most likely many customers, or none, go by this name", change: keys)
        }
    }

    private var placeholders: [Finding] {
        guard let first = found.placeholders.first else { return [] }
        let names = Wording.list(found.placeholders.map { "\"\($0.identity)\"" }, limit: 5)
        let isMany = 100 * found.placeholderRows > rows
        return [
            Finding(
                .placeholderIdentity, isMany ? .warning : .note, subject,
                "\(subject): \(Wording.count(found.placeholderRows)) \(found.placeholderRows == 1 ? "row" : "rows") "
                    + "(\(Wording.percent(found.placeholderRows, of: rows))) belong to profiles whose names seem to stand for "
                    + "nobody: \(names)",
                means: "each of these names is taken for one customer",
                change: "if they name nobody, set identity: { column: ..., missing: [\"\(first.identity)\"] } and so on"
            )
        ]
    }

    private var rounded: [Finding] {
        guard found.rounded > 0 else { return [] }
        return [
            Finding(
                .inexactIdentity, .warning, subject,
                "\(subject): \(Wording.count(found.rounded)) identities are numbers in scientific notation"
                    + found.roundedExamples.suchAs,
                means: "a spreadsheet has cut their digits off, so that several customers may go by one name",
                change: "export the identities as text")
        ]
    }

    private var repeated: [Finding] {
        guard assembled.replaced > 0 else { return [] }
        let isMany = recipe.isFeatureTable && 100 * assembled.replaced > assembled.profiles
        return [
            Finding(
                .repeatedIdentity, isMany ? .warning : .note, recipe.isFeatureTable ? "features" : "profiles",
                "\(Wording.count(assembled.replaced)) rows of \(recipe.isFeatureTable ? "the feature table" : "profile tables") "
                    + "repeat the identity of another row",
                means: "of each profile the last row counts, and the others are left out",
                change: "write one row a profile, if the others matter")
        ]
    }
}
