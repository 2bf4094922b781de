import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import InstanceFile
@testable import Tables

/// What a user is told of files that are not as the instance describes them, all at once.
@Suite struct InputErrorTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func problems(_ instance: Instance) -> [String] {
        do throws(InputError) {
            _ = try InputPlan(surveying: instance)
            return []
        } catch {
            return error.description.split(separator: "\n").map { String($0).replacing(folder.path, with: "DIR") }
        }
    }

    private func events(_ text: String, edit: (inout EventSource) -> Void = { _ in }) throws -> Instance {
        let path = try folder.write(text, to: "events.csv")
        var instance = shop(asOf: nil)
        guard case .events(var source) = instance.source else { return instance }
        source.datasets[0].paths = [path]
        edit(&source)
        instance.source = .events(source)
        return instance
    }

    @Test func aPlanOfFilesThatFitHasNoProblem() throws {
        #expect(problems(try events("who,kind,at,amount,sku\na,buy,2011-01-01,1,s\n")) == [])
    }

    @Test func columnsThatAreMissingAreNamedWithTheNearest() throws {
        #expect(
            problems(try events("who,kind,att,ammount\na,buy,2011-01-01,1\n")) == [
                "DIR/events.csv: has no column \"at\", which events[0] uses as timestamp; did you mean \"att\"?; its columns are \"who\", \"kind\", \"att\", \"ammount\"",
                "DIR/events.csv: has no column \"amount\", which events[0] uses as numbers; did you mean \"ammount\"?; its columns are \"who\", \"kind\", \"att\", \"ammount\"",
                "DIR/events.csv: has no column \"sku\", which events[0] uses as categories; "
                    + "its columns are \"who\", \"kind\", \"att\", \"ammount\"",
            ])
    }

    @Test func fieldsOfConditionsMustBeSomewhere() throws {
        let instance = try events("who,kind,at,amount,sku\na,buy,2011-01-01,1,s\n") { source in
            source.goal.condition = .field(path: "amuont", .greater(.number(1)))
            source.exclude = .field(path: "traffic", .equals(.text("test")))
        }
        #expect(
            problems(instance) == [
                "goal: no events have a field \"amuont\" (looked in events[0]); did you mean \"amount\"?",
                "exclude: no events have a field \"traffic\" (looked in events[0]); use a column's name or a number's name",
            ])
    }

    @Test func filesThatCannotBeUsedAreAllReported() throws {
        var instance = try events("who,kind,at,amount,sku\na,buy,2011-01-01,1,s\n") { source in
            source.datasets[0].paths.append(folder.path("gone.csv"))
        }
        instance.profiles = [ProfileDataset(paths: [folder.path("*.tsv")], identity: "id")]
        let found = problems(instance)
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("events[0]: DIR/gone.csv: there is no such file; check the path") == true)
        #expect(found.last?.hasPrefix("profiles[0]: DIR/*.tsv: no file matches; check the folder") == true)
    }

    @Test func truthIsNoTime() throws {
        let found = problems(try events("who,kind,at,amount,sku\na,buy,true,1,s\n"))
        #expect(
            found == [
                "DIR/events.csv: column \"at\" holds true and false, and cannot be the timestamp; name the column with "
                    + "the time"
            ])
    }

    @Test func attributesOfTwoTablesAreToldApart() throws {
        var instance = try events("who,kind,at,amount,sku\na,buy,2011-01-01,1,s\n")
        let one = try folder.write("id,plan\na,x\n", to: "one.csv")
        let two = try folder.write("id,plan,age\na,x,1\n", to: "two.csv")
        instance.profiles = [
            ProfileDataset(paths: [one], identity: "id"), ProfileDataset(paths: [two], identity: "id"),
        ]
        #expect(
            problems(instance) == [
                "attribute \"plan\" is in both profiles[0] and profiles[1]; "
                    + "list the attributes of each, so that only one of them has it"
            ])
        instance.profiles[1].attributes = ["age"]
        #expect(problems(instance) == [])
    }

    @Test func featureTablesNeedFeaturesAndOneFileForRowNumbers() throws {
        let paths = try ["a.csv", "b.csv"].map { try folder.write("y,leak\n1,2\n", to: $0) }
        let table = FeatureTable(
            paths: paths, identity: .rowNumber, labelField: "y", label: .outcome(.equals(.number(1))), drop: ["leak"])
        #expect(
            problems(Instance(name: "t", propensity: .churn, source: .features(table))) == [
                "features: identity `row` needs a single file, and there are 2; name an identity column",
                "features: no column is left to learn from besides identity, label and dropped ones",
            ])
    }

    /// Of a kind that holds the values of all files; what a file lacks is missing in it, and told.
    @Test func filesOfOneDatasetMayDiffer() throws {
        let other = try folder.write("n,sku,price,who,at,kind,more\n0.5,1,x,b,2011-01-02,buy,7\n", to: "other.csv")
        let instance = try events("who,kind,at,price,sku,n\na,buy,2011-01-01,1.5,s,1\n") {
            $0.datasets[0].paths.append(other)
            $0.datasets[0].numbers = nil
            $0.datasets[0].categories = nil
        }
        let plan = try InputPlan(surveying: instance)
        #expect(plan.numbers == ["n", "more"])
        #expect(plan.categories == ["price", "sku"])
        #expect(
            plan.notes.map(\.what) == ["events[0]: 1 of 2 files have no column \"more\": events.csv"])
        let ingested = try Ingested(files: instance)
        #expect(ingested.summary.rowsKept == 2)
        #expect(ingested.summary.numbers[0].present == 2)
    }

    /// Numeric and text columns without another role, in the order of the file.
    @Test func columnsWithoutARoleBecomeNumbersAndCategories() throws {
        let instance = try events("zip,who,kind,at,price,sku,n,seen\n01,a,buy,2011-01-01,1.5,s,1,2011-01-01\n") {
            $0.datasets[0].numbers = nil
            $0.datasets[0].categories = nil
        }
        let plan = try InputPlan(surveying: instance)
        #expect(plan.numbers == ["price", "n"])
        #expect(plan.categories == ["zip", "sku"])
        // Everything is read, since equal rows are to be found.
        #expect(plan.splits[0].columns == ["at", "kind", "n", "price", "seen", "sku", "who", "zip"])
    }
}
