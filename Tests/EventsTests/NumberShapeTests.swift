import Bytes
import EventFixtures
import Features
import Readiness
import Tables
import TestSupport
import Testing

@testable import Events
@testable import InstanceFile

/// Numbers, and names that are written with digits.
@Suite struct NumberShapeTests {
    private static let kinds: [(column: String, isName: Bool, value: @Sendable (Int) -> Double)] = [
        ("barcode", true, { 4_006_381_333_931 + Double($0 % 700) }),
        ("article", true, { 10_000 + Double($0 * 7919 % 80_000) }),
        ("made", true, { 1990 + Double($0 % 30) }), ("order", true, { Double($0 * 977 + 5) }),
        ("store_id", true, { Double($0 % 40) }), ("StoreID", true, { Double($0 % 40) }),
        ("day", true, { 20_110_000 + Double($0 % 1200) }),
        ("storeId", true, { Double($0 % 40) }), ("store id", true, { Double($0 % 40) }),
        ("income", false, { 10_000 + Double($0 * 7919 % 80_000) }), ("duration_ms", false, { Double($0 * 977 + 5) }),
        ("sku_count", false, { Double($0 % 9) }), ("zip_distance", false, { Double($0 % 700) }),
        ("quantity", false, { Double($0 % 12) }), ("price", false, { Double($0 % 999) / 100 }),
        ("amount", false, { Double($0 * 7919 % 250_000) / 4 }), ("balance", false, { Double($0 * 31 % 90_000) - 100 }),
        ("views", false, { Double($0 * $0 % 120_000 / 10) }), ("paid", false, { Double($0 % 900) * 100 }),
        ("period", false, { Double($0 % 60) }), ("kid", false, { Double($0 % 4) }),
    ]

    @Test(arguments: kinds.indices) func whatLooksLikeANameIsTakenForOne(_ index: Int) {
        let kind = Self.kinds[index]
        var shape = NumberShape()
        for row in 0..<3_000 { shape.add(kind.value(row)) }
        #expect((shape.reasonForNames(column: kind.column) != nil) == kind.isName, "\(kind.column)")
    }

    /// Whatever the parts and their order, and through bytes.
    @Test func partsAddUp() throws {
        var whole = NumberShape()
        var parts = (0..<5).map { _ in NumberShape() }
        var random = SplitMix(seed: 3)
        for _ in 0..<4_000 {
            let value = Double(random.below(900))
            whole.add(value)
            parts[random.below(5)].add(value)
        }
        var sum = NumberShape()
        for part in parts.reversed() {
            var reader = ByteReader(part.encoded)
            sum.merge(try NumberShape(from: &reader))
        }
        #expect(sum == whole)
    }

    @Test func namesHaveNoSumsUnlessListed() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<4_000).map {
            "\($0 % 90),2011-0\(1 + $0 % 9)-1\($0 % 9),\(4_006_381_333_931 + $0 % 300),\($0 % 7)"
        }
        let path = try folder.write("who,at,ean,count\n" + rows.joined(separator: "\n") + "\n", to: "a.csv")
        func codes(_ numbers: String) throws -> [String] {
            let instance = try Instance.parse(
                text: """
                    version: 1
                    name: Shop
                    propensity: conversion
                    events: [{ path: \(path), identity: who, timestamp: at, event: buy\(numbers) }]
                    goal: { will: occur, event: buy, within: 30d }
                    """, file: "a.yaml", baseDirectory: folder.path)
            let ingested = try Ingested(files: instance)
            var readiness = Readiness(name: "Shop")
            readiness.add(ingested.summary, instance: instance, plan: ingested.plan, today: Timestamp(microseconds: 0))
            #expect(readiness.findings.contains { $0.code == .numberIsName } == numbers.isEmpty)
            return try ingested.recipe().features.map(\.code)
        }
        let unlisted = try codes("")
        #expect(!unlisted.contains { $0.contains("_ean_") } && unlisted.contains("buy_count_sum_all"))
        #expect(try codes(", numbers: [ean, count]").contains("buy_ean_sum_all"))
    }
}
