import Foundation
import TestSupport
import Testing

@testable import Events
@testable import InstanceFile

/// What tells one file from another.
@Suite struct InputFingerprintTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func fingerprint(_ bytes: [UInt8], _ name: String = "a.csv") throws -> InputFingerprint {
        try InputFingerprint(of: folder.write(bytes, to: name))
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

    @Test func copiesAreTheSameWhenever() throws {
        let one = try fingerprint(bytes(500_000))
        let path = try folder.write(bytes(500_000), to: "elsewhere/b.csv")
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
        #expect(try InputFingerprint(of: path) == one && one.size == 500_000)
    }

    @Test(arguments: [0, 65_535, 250_000, 434_465, 499_999]) func bothEndsAndTheMiddleCount(_ place: Int) throws {
        var other = bytes(500_000)
        other[place] ^= 1
        #expect(try fingerprint(other) != fingerprint(bytes(500_000), "b.csv"))
    }

    @Test func ofASmallFileEveryByteCounts() throws {
        for count in [0, 1, 1000, 131_072] {
            let whole = bytes(count)
            let expected = try fingerprint(whole)
            for place in stride(from: 0, to: count, by: max(1, count / 50)) {
                var other = whole
                other[place] ^= 1
                #expect(try fingerprint(other) != expected)
            }
            #expect(try fingerprint(whole + [0]) != expected)
        }
    }

    /// However long it is.
    @Test(arguments: ["PAR1", "ARROW1"]) func theWholeFooterCounts(_ magic: String) throws {
        let footer = 200_000
        func file(changing place: Int?) -> [UInt8] {
            var all = bytes(1_000_000)
            if let place { all[place] ^= 1 }
            return all + (0..<4).map { UInt8(footer >> ($0 * 8) & 0xFF) } + Array(magic.utf8)
        }
        let expected = try fingerprint(file(changing: nil))
        for place in [800_000, 820_000, 930_000] { #expect(try fingerprint(file(changing: place)) != expected) }
        // Outside of it nobody looks.
        #expect(try fingerprint(file(changing: 799_999)) == expected)
        // One that lies about its length is read as far as it goes.
        _ = try fingerprint(Array(magic.utf8))
        _ = try fingerprint([0xFF, 0xFF, 0xFF, 0xFF] + Array(magic.utf8))
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let path = folder.path("none.csv")
        #expect {
            try InputFingerprint(of: path)
        } throws: { "\($0)" == "\(path): cannot be read: No such file or directory" }
    }
}
