import TestSupport
import Testing

@testable import ClusterTransport

struct AvailableProcessorsTests {
    @Test func theLeastLimitCounts() {
        #expect(AvailableProcessors.count(allowed: 128, quota: nil, batch: nil) == 128)
        #expect(AvailableProcessors.count(allowed: 128, quota: 3.5, batch: nil) == 4)
        #expect(AvailableProcessors.count(allowed: 128, quota: 8, batch: 2) == 2)
        #expect(AvailableProcessors.count(allowed: 0, quota: 0.1, batch: nil) == 1)
        #expect(AvailableProcessors.count(allowed: 4, quota: nil, batch: 0) == 4)
        #expect(AvailableProcessors.count >= 1)
    }

    @Test func quotasOfControlGroupsAreFound() throws {
        let folder = try TemporaryFolder()
        try folder.write("max 100000\n", to: "sys/fs/cgroup/pods/one/cpu.max")
        try folder.write("150000 100000\n", to: "sys/fs/cgroup/pods/cpu.max")
        try folder.write("-1\n", to: "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us")
        try folder.write("100000\n", to: "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us")
        func quota(_ groups: String) -> Double? { AvailableProcessors.quota(below: folder.path, groups: groups) }
        // The group above has the limit.
        #expect(quota("0::/pods/one\n") == 1.5)
        #expect(quota("4:cpu,cpuacct:/job\n") == nil)
        try folder.write("400000\n", to: "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us")
        #expect(quota("9:pids:/x\n4:cpu,cpuacct:/job/step\n") == 4)
        #expect(quota("nonsense\n::\n0::/elsewhere") == nil)
    }
}
