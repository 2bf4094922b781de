import Foundation
import TestSupport
import Testing

@testable import Tables

/// What a user meets when a file is not what it should be.
@Suite struct ErrorTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func filesThatAreNotThereOrEmpty() throws {
        let missing = folder.path("no.csv")
        #expect(failure(missing) == .missing(path: missing))
        #expect(
            TableError.missing(path: "no.csv").description.hasPrefix("no.csv: there is no such file; check the path"))

        let empty = try folder.write("", to: "empty.csv")
        #expect(failure(empty) == .noBytes(path: empty))
        #expect(try #require(failure(empty)).description.contains("the file is empty (0 bytes)"))

        let directory = try #require(failure(folder.path))
        #expect(directory.description.contains("it is a directory; give the files in it"))
        #expect(
            failure("http://host/a.csv")
                == .badAddress(
                    address: "http://host/a.csv",
                    reason: "http:// is not known; use s3://, gs:// or abfs://, or a path on a disk"))
    }

    @Test func filesWithoutRowsAreRefusedUnlessTheyAreAllowed() throws {
        let csv = try folder.write("a,b\n", to: "header.csv")
        let blank = try folder.write("\n\n", to: "blank.csv")
        #expect(failure(csv) == .noRows(path: csv))
        #expect(failure(blank) == .noHeader(path: blank))
        #expect(failure(fixture("no_rows.parquet")) == .noRows(path: fixture("no_rows.parquet")))
        for path in [csv, fixture("no_rows.parquet")] {
            let file = try TableFile(path: path, allowingNoRows: true)
            let reader = try file.reader(columns: file.schema.fields.map(\.name))
            #expect(try reader.next() == nil)
        }
    }

    @Test func columnsThatRepeatOrAreUnknown() throws {
        let path = try folder.write("a,b,a\n1,2,3\n", to: "twice.csv")
        #expect(failure(path) == .duplicateColumn(path: path, column: "a"))
        #expect(try #require(failure(path)).description.hasSuffix("two columns are named \"a\"; rename one of them"))

        let many = try folder.write((1...22).map { "c\($0)" }.joined(separator: ",") + "\n", to: "many.csv")
        let file = try TableFile(path: many, allowingNoRows: true)
        let names = file.schema.fields.map(\.name)
        let error = #expect(throws: TableError.unknownColumn(path: many, column: "c23", columns: names)) {
            try file.reader(columns: ["c1", "c23"])
        }
        #expect(
            error?.description.hasSuffix(
                "there is no column \"c23\"; its columns are c1, c2, c3, c4, c5, c6, c7, "
                    + "c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20 and 2 more") == true)
    }

    @Test func formatsThatAreNotKnownAreToldApart() throws {
        func hint(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
            try #require(failure(try folder.write(bytes, to: name))).description
        }
        #expect(try hint("PK\u{3}\u{4}rest".utf8, "book.xlsx").contains("a zip archive or an Excel workbook"))
        #expect(try hint("FEA1rest".utf8, "old.feather").contains("a Feather file of version 1"))
        #expect(try hint("hello".utf8, "notes.txt").contains("not known by its name or its first bytes"))
    }

    @Test func theFirstBytesDecideOverTheName() throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture("types.parquet")))
        #expect(try TableFile(path: try folder.write(bytes, to: "types.csv")).format == .parquet)
        #expect(try TableFile(path: try folder.write("{\"a\": 1}", to: "unnamed")).format == .jsonLines)
    }

    /// Whatever the damage, it is an error of the file and never the end of the process.
    @Test(arguments: ["types.parquet", "types.arrow", "types.arrows", "large_dictionary.parquet", "quotes.csv.gz"])
    func damagedFilesAreErrors(_ name: String) throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
        var random = SplitMix(seed: 11)
        for round in 0..<60 {
            var bytes = whole
            if round % 2 == 0 {
                bytes.removeLast(1 + random.below(bytes.count - 8))
            } else {
                for _ in 0..<8 { bytes[8 + random.below(bytes.count - 8)] = UInt8.random(in: 0...255, using: &random) }
            }
            let path = try folder.write(bytes, to: name)
            guard let error = failure(path, reading: ["int8", "string", "dictionary", "micros"]) else { continue }
            #expect(error.description.hasPrefix(path))
        }
    }
}
