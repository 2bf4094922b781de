import EventFixtures
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

@Suite struct DatasetTitlesTests {
    private let titles: DatasetTitles

    init() throws {
        let instance = try Instance.parse(
            text: """
                version: 1
                name: Shop
                propensity: conversion
                events:
                  - { path: in/orders.csv, identity: id, timestamp: at, event: Order }
                  - { path: in/orders.csv, identity: id, timestamp: { column: returned, nullable: true }, type: { column: k } }
                  - { path: [a.parquet, b.parquet, c.parquet], identity: id, timestamp: at, event: Visit }
                profiles: [{ path: "customers-*.csv", identity: id }]
                goal: { will: occur, event: Order, within: 30d }
                """, file: "shop.yaml", baseDirectory: "/", checkingFiles: false)
        titles = DatasetTitles(instance)
    }

    @Test func datasetsAreCalledByTheirFiles() {
        #expect(titles.title(of: "events[0]") == "orders.csv (Order)")
        #expect(titles.title(of: "events[1]") == "orders.csv (returned)")
        #expect(titles.title(of: "events[2]") == "a.parquet and 2 more")
        #expect(titles.title(of: "profiles[0]") == "customers-*.csv")
    }

    @Test func filesOfOneNameAreCalledByTheirPaths() throws {
        let instance = try Instance.parse(
            text: """
                version: 1
                name: Shop
                propensity: conversion
                events:
                  - { path: x/orders.csv, identity: id, timestamp: at, event: Order }
                  - { path: y/orders.csv, identity: id, timestamp: at, event: Order }
                goal: { will: occur, event: Order, within: 30d }
                """, file: "shop.yaml", baseDirectory: "/", checkingFiles: false)
        #expect(DatasetTitles(instance).applied(to: "events[0], events[1]") == "/x/orders.csv, /y/orders.csv")
    }

    /// What is to be typed stays as the instance file has it, and so does what is no dataset's.
    @Test func keyPathsStay() {
        #expect(
            titles.applied(to: "list events[2].numbers in events[2]")
                == "list events[2].numbers in a.parquet and 2 more")
        for text in ["events[3]", "profiles[1]: no", "custom_events[0]", "events[].x", "events[12345]", "the events"] {
            #expect(titles.applied(to: text) == text)
        }
    }

    @Test func findingsAndCountsHaveThem() {
        var readiness = Readiness(name: "Shop")
        readiness.add([
            Finding(
                .sparseColumn, .note, "events[2]", "events[2]: half is empty", means: "profiles[0] too",
                change: "look at events[2]")
        ])
        readiness.datasets = [Readiness.Dataset(name: "events[2]", rows: 2, used: 1, rejected: [])]
        readiness.speak(by: titles)
        #expect(
            readiness.findings == [
                Finding(
                    .sparseColumn, .note, "events[2]", "a.parquet and 2 more: half is empty",
                    means: "customers-*.csv too",
                    change: "look at a.parquet and 2 more")
            ])
        #expect(readiness.text().contains("a.parquet and 2 more") && !readiness.text().contains("events[2]"))
    }
}
