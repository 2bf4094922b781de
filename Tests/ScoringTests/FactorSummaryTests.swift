import Bytes
import Scoring
import TestSupport
import Testing

/// Sums by bucket beside sums made plainly.
@Suite struct FactorSummaryTests {
    private static let binCounts = [4, 70, 256]
    /// The model has five features, of which it uses three.
    private static let features = [0, 2, 3]

    private struct Profile {
        var group: Int
        var contributions: [Float]
        var bins: [UInt8]
    }

    private func profiles(_ count: Int, seed: UInt64) -> [Profile] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { _ in
            var contributions = [Float](repeating: 0, count: 5)
            for feature in Self.features { contributions[feature] = Float(Int(random.next() % 4001) - 2000) / 512 }
            return Profile(
                group: Int(random.next() % 3), contributions: contributions,
                bins: Self.binCounts.map { UInt8(random.next() % UInt64($0)) })
        }
    }

    private func summary(of profiles: [Profile], slope: Double = 0.5, limit: Int = 2) -> FactorSummary {
        var summary = FactorSummary(groups: 3, features: Self.features, binCounts: Self.binCounts)
        for profile in profiles {
            let factors = topFactors(contributions: profile.contributions[...], slope: slope, limit: limit)
            summary.add(contributions: profile.contributions[...], slope: slope, factors: factors, group: profile.group)
        }
        for place in Self.features.indices {
            summary.add(
                bins: profiles.map { $0.bins[place] }[...], place: place, groups: profiles.map { UInt8($0.group) })
        }
        return summary
    }

    @Test func effectsAndValuesAreThoseOfTheProfiles() {
        let profiles = profiles(500, seed: 3)
        let summary = summary(of: profiles)
        for (place, feature) in Self.features.enumerated() {
            for groups in [0..<1, 1..<2, 2..<3, 0..<3] {
                let own = profiles.filter { groups.contains($0.group) }
                let effect = summary.effect(place, groups: groups)
                #expect(effect.profiles == own.count)
                #expect(effect.known == own.count { $0.bins[place] > 0 })
                let values = own.map { Double($0.contributions[feature]) * 0.5 }
                #expect(abs(effect.contribution - values.reduce(0, +)) < 1e-3)
                #expect(abs(effect.magnitude - values.reduce(0) { $0 + abs($1) }) < 1e-3)
                let top = own.count { profile in
                    profile.contributions[feature] != 0
                        && Self.features.count { other in
                            let (a, b) = (abs(profile.contributions[other]), abs(profile.contributions[feature]))
                            return a > b || a == b && other < feature
                        } < 2
                }
                #expect(effect.top == top)
            }
            for group in 0..<3 {
                let counts = summary.valueCounts(place, group: group)
                let expected = (0..<Self.binCounts[place]).map { bin in
                    Int64(profiles.count { $0.group == group && Int($0.bins[place]) == bin })
                }
                #expect(Array(counts) == expected)
            }
        }
    }

    @Test func shardsAddUpInAnyOrder() {
        let all = profiles(300, seed: 5)
        let parts = [
            summary(of: Array(all[..<10])), summary(of: Array(all[10..<200])), summary(of: Array(all[200...])),
        ]
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            var sum = parts[order[0]]
            for index in order.dropFirst() { sum.add(parts[index]) }
            #expect(sum == summary(of: all))
        }
    }

    @Test(arguments: [0, 1, 100, 70_000]) func whatIsWrittenIsRead(_ count: Int) throws {
        let summary = summary(of: profiles(count, seed: 7))
        #expect(try FactorSummary(decoding: summary.encoded) == summary)
    }

    @Test func damagedBytesAreRefusedOrFit() {
        let summary = summary(of: profiles(50, seed: 9))
        let bytes = summary.encoded
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self) { try FactorSummary(decoding: Array(bytes[..<length])) }
        }
        var random = SplitMix(seed: 11)
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            guard let read = try? FactorSummary(decoding: damaged), read.fits(summary) else { continue }
            var sum = summary
            sum.add(read)
        }
        let other = FactorSummary(groups: 3, features: [0, 2, 4], binCounts: Self.binCounts)
        #expect(!summary.fits(other))
    }
}
