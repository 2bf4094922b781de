import TestSupport
import Testing

@testable import ClusterTransport

struct AvailableMemoryTests {
    @Test func limitsOfControlGroupsAreFound() throws {
        let folder = try TemporaryFolder()
        try folder.write("max\n", to: "sys/fs/cgroup/pods/one/memory.max")
        try folder.write("4294967296\n", to: "sys/fs/cgroup/pods/memory.max")
        try folder.write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
        try folder.write("1073741824\n", to: "sys/fs/cgroup/memory/job/memory.limit_in_bytes")
        func limit(_ groups: String) -> UInt64? { AvailableMemory.limit(below: folder.path, groups: groups) }
        // The group above has the limit.
        #expect(limit("0::/pods/one\n") == 4 << 30)
        #expect(limit("3:memory:/job/step\n0::/elsewhere\n") == 1 << 30)
        #expect(limit("3:memory:/\n") == 1 << 62)
        #expect(limit("nonsense\n::\n0::/elsewhere") == nil)
        #expect(AvailableMemory.bytes > 1 << 20)
    }

    private static let sizes: [(text: String, bytes: Int?)] = [
        ("8GiB", 8_589_934_592), ("8g", 8_589_934_592), ("1.5G", 1_610_612_736), ("500MB", 500_000_000),
        ("512M", 536_870_912), ("4000000000", 4_000_000_000), ("2TiB", 2_199_023_255_552), ("64KiB", 65_536),
        ("10 GiB", nil), ("lots", nil), ("0", nil), ("-1G", nil), ("", nil), ("1e99T", nil), ("9999999999T", nil),
    ]

    @Test(arguments: sizes)
    func sizesAreRead(_ size: (text: String, bytes: Int?)) {
        #expect(AvailableMemory.bytes(size.text) == size.bytes)
    }
}
