import Tables
import TestSupport
import Testing

@testable import Pipeline

struct ColumnLoaderTests {
    /// A part has more rows than a table of it that is read at once.
    @Test func missingValuesOfOneTableAreNoOthers() throws {
        let folder = try TemporaryFolder()
        let rows = 70_000
        let path = folder.path("part.csv")
        let lines = (0..<rows).map { "p\($0),\($0 == 3 || $0 == 69_000 ? "" : "\($0).5")" }
        try folder.write("profile,value\n" + lines.joined(separator: "\n") + "\n", to: "part.csv")
        let values = try ColumnLoader.read(path, ["value"])[0].numbers().values
        #expect(values.count == rows)
        #expect(values.indices.filter { values[$0].isNaN } == [3, 69_000])
        #expect(values[69_999] == 69_999.5)
    }

    @Test func aColumnThatIsNotThereIsToldByName() throws {
        let folder = try TemporaryFolder()
        try folder.write("profile,value\na,1\n", to: "part.csv")
        let error = #expect(throws: RunError.self) { try ColumnLoader.read(folder.path("part.csv"), ["odds"]) }
        #expect(error.map { "\($0)".contains("odds") } == true)
    }
}
