import Foundation
import TestSupport
import Testing

@testable import Reporting
@testable import RunOutputs

@Suite struct ReportTests {
    private static let hostile = "<script>alert(\"it's\")</script>&{{title}}"

    @Test(arguments: ["conversion", "churn"]) func allSectionsAreThere(_ propensity: String) throws {
        var run = RunFixture()
        run.propensity = propensity
        let html = try Report(run.finished()).html
        for section in ["scores", "factors", "segments", "model", "data", "run"] {
            #expect(html.contains("<section id=\"\(section)\">"), "\(section)")
        }
        #expect(html.contains("<body class=\"\(propensity)\">"))
        for shown in [
            "0.800", "0.760 – 0.840", "50\u{A0}%</span> of past outcomes (3 profiles) reached", "Days since Buys again",
        ] {
            #expect(html.contains(shown), "\(shown)")
        }
        // Nothing is fetched from anywhere, and no template was left unfilled.
        for absent in ["http://", "https://", "src=", "{{", "}}", "@import", "Optional("] {
            #expect(!html.contains(absent), "\(absent)")
        }
    }

    @Test func whatIsPredictedIsSaidInTheInstancesWords() throws {
        var run = RunFixture()
        run.instanceText = """
            version: 1
            name: Buys
            propensity: conversion
            events:
              - { path: shop/lines.csv, identity: id, timestamp: at, event: Purchase }
            goal: { will: not occur, any_of: [{ event: Purchase }, { event: Big order }], within: 90d }
            eligible: { all_of: [{ event: Purchase }, { field: Price, between: [2, 2.5] }], in_last: 365d }
            custom_events:
              - { name: Big order, all_of: [{ event: Purchase }, { field: Price, gt: 1500 }, { field: Land, in: [FR, DE] }] }
            exclude: { none_of: [{ field: Code, starts_with: A }, { field: Note, exists: false }] }
            """
        let html = try Report(run.finished()).html
        for words in [
            "“Purchase” or “Big order” does <b>not</b> occur within 90 days",
            "profiles with “Purchase” and Price is from 2 to 2.5 in the 365 days before",
            "“Purchase” and Price is over 1500 and Land is one of FR, DE",
            "events where not (Code starts with “A” or Note is missing)", "lines.csv <small>events",
        ] {
            #expect(html.contains(words), "\(words)")
        }
    }

    /// Wherever data and instance give a text.
    @Test func whatDataGiveIsEscaped() throws {
        var run = RunFixture()
        run.name = Self.hostile
        run.categories = [Self.hostile, "red"]
        run.events = [["name": Self.hostile, "count": 1]]
        let html = try Report(run.finished()).html
        #expect(!html.contains("<script>alert"))
        #expect(!html.contains("alert(\""))
        #expect(html.components(separatedBy: "&lt;script&gt;alert(&quot;it").count > 10)
    }

    /// Not even where there is much of everything.
    @Test func theSizeIsBounded() throws {
        var run = RunFixture()
        run.extraFactors = 90
        run.edges = (0..<255).map { Double($0) * 1.25 }
        run.edgeCounts = ["low", "medium", "high"].reduce(into: [:]) { $0[$1] = Array(repeating: 1, count: 257) }
        run.categories = (0..<255).map { "\($0) " + String(repeating: "x", count: 5000) }
        run.categoryCounts = run.edgeCounts
        run.events = (0..<10_000).map { ["name": "Event \($0)", "count": $0] }
        #expect(try Report(run.finished()).html.utf8.count < 2_000_000)
    }

    @Test func aModelThatCouldNotBeMeasuredIsSaidToBe() throws {
        var run = RunFixture()
        run.auc = nil
        let html = try Report(run.finished()).html
        #expect(html.contains("could not be measured") && !html.contains("Outcomes reached"))
    }

    @Test func aPoorModelComesWithAdvice() throws {
        var run = RunFixture()
        run.auc = 0.6
        #expect(try Report(run.finished()).html.contains("The data say little about the outcome"))
        run.auc = 0.8
        #expect(try !Report(run.finished()).html.contains("The data say little about the outcome"))
    }

    /// Which of two models is better on the same rows, and what to do about it.
    @Test func aBetterRegressionIsTold() throws {
        var run = RunFixture()
        #expect(try Report(run.finished()).html.contains("A logistic regression does as well on the same rows"))
        run.regressionGain = 0.02
        let better = try Report(run.finished()).html
        #expect(better.contains("A logistic regression gives better probabilities on the same rows"))
        #expect(
            better.contains(
                "lower by 0.0200 ± 0.0050 a row; AUC 0.800 against 0.800). Put <code>model: { kind: logistic }</code>"))
        run.regressionGain = -0.02
        let worse = try Report(run.finished()).html
        #expect(!worse.contains("A logistic regression gives") && !worse.contains("A logistic regression does"))
    }

    /// A verdict counts profiles: 60 rows of 3 of them are few.
    @Test func rowsOfFewProfilesAreTooFewToTell() throws {
        let html = try Report(RunFixture().finished()).html
        #expect(html.contains("This was measured on 3 profiles with the outcome only"))
        #expect(html.contains("Back-test and hold-out together say 0.800 (0.760 – 0.840) on 3 profiles"))
        #expect(html.contains("on 3 profiles with the outcome (4 rows, for some had it at several dates)"))
    }

    /// Numbers whose sums are none do not end the program.
    @Test func impossibleCountsAreRefused() throws {
        for place in 0..<3 {
            var run = RunFixture()
            switch place {
            case 0: run.edgeCounts["low"] = [0, .max, 1, 1]
            case 1: run.categoryCounts["high"] = [-1, 1, 8, 1]
            default: run.profiles = .max
            }
            #expect {
                try run.finished()
            } throws: { "\($0)".contains("counts that no run can have counted") }
        }
    }

    @Test func otherFilesAreNamed() throws {
        var run = RunFixture()
        run.version = 99
        #expect {
            try run.finished()
        } throws: { "\($0)".contains("version 99") && "\($0)".contains("do the run again") }
        #expect {
            try FinishedRun(folder: "/nowhere")
        } throws: { "\($0)".contains("/nowhere is not a finished run") }
        #expect {
            try FinishedRun(insights: Array("{".utf8), record: [])
        } throws: { "\($0)".contains("insights.json is not what propensity wrote") }
    }
}

@Suite struct FigureTests {
    @Test func numbersStandAsPeopleReadThem() {
        #expect(Format.count(1_234_567) == "1,234,567" && Format.count(-12) == "−12" && Format.count(999) == "999")
        #expect(Format.count(3.25) == "3.2" && Format.count(1594.4) == "1,594")
        #expect(Format.percent(0.385) == "38.5\u{A0}%" && Format.percent(0) == "0.0\u{A0}%")
        #expect(Format.percent(0.0001) == "<\u{A0}0.1\u{A0}%" && Format.percent(0.99999) == ">\u{A0}99.9\u{A0}%")
        #expect(Format.signed(0.126) == "+0.13" && Format.signed(-0.126) == "−0.13" && Format.signed(-0.001) == "0.00")
        #expect(Format.value(2) == "2" && Format.value(329.44) == "329.4" && Format.value(123456.7) == "123,457")
        #expect(Format.seconds(59.94) == "59.9\u{A0}s" && Format.seconds(61.2) == "1\u{A0}min 1\u{A0}s")
        #expect(Format.bytes(999) == "999\u{A0}B" && Format.bytes(12_345) == "12\u{A0}kB")
        #expect(
            Format.moment("2011-08-31T12:30:00Z") == "2011-08-31 12:30" && Format.moment("2011-09-01") == "2011-09-01")
        #expect(Format.decimal(.nan, 2) == "–" && Format.percent(.infinity) == "–")
        #expect(Format.roundValue(5.309) == "5.31" && Format.roundValue(2834.4) == "2834")
        #expect(
            Format.roundValue(-7) == "−7" && Format.roundValue(.nan) == "–" && Format.roundValue(123456) == "123,456")
    }

    @Test func axesEndAtRoundNumbers() {
        #expect(Plot.steps(to: 2.4) == [0, 1, 2, 3])
        #expect(Plot.steps(to: 100) == [0, 25, 50, 75, 100])
        #expect(Plot.steps(to: 0) == [0, 1])
        for value in [0.013, 7, 99.5, 1e6] {
            let last = Plot.steps(to: value).last ?? 0
            #expect(last >= value && last <= value * 2)
        }
    }

    /// No profile is lost or counted twice when values are grouped.
    @Test func groupsOfValuesKeepTheirCounts() throws {
        var run = RunFixture()
        run.edges = (0..<63).map { Double($0) + 0.5 }
        run.edgeCounts = ["low": 1, "medium": 3, "high": 2].mapValues { step in (0..<65).map { $0 % 7 * step } }
        run.categories = (0..<40).map { "c\($0)" }
        run.categoryCounts = ["low": 2, "medium": 1, "high": 5].mapValues { step in (0..<42).map { $0 % 5 * step } }
        for factor in try run.finished().insights.factors {
            let values = try #require(factor.values)
            for bucket in ["low", "medium", "high"] {
                let groups = Distribution.groups(values, bucket: bucket)
                let all = [values.counts.low, values.counts.medium, values.counts.high].joined().reduce(0, +)
                let own = try #require(values.counts[bucket]).reduce(0, +)
                #expect(groups.reduce(0) { $0 + $1.own } == own)
                #expect(groups.reduce(0) { $0 + $1.others } == all - own)
                #expect(groups.count <= Distribution.limit + 2 && groups.count > 5)
            }
        }
    }

    @Test func valuesAreLabelledAsTheyAre() {
        #expect(Distribution.label(1.5, 2.5, areWhole: true) == "2")
        #expect(Distribution.label(1.5, 4.5, areWhole: true) == "2 – 4")
        #expect(Distribution.label(nil, 4.5, areWhole: true) == "≤ 4")
        #expect(Distribution.label(4.5, nil, areWhole: true) == "≥ 5")
        // Half-way between 14 and 18.
        #expect(Distribution.label(13.5, 16, areWhole: true) == "14 – 16")
        #expect(Distribution.label(16, nil, areWhole: true) == "≥ 17")
        #expect(Distribution.label(4.5, nil, areWhole: false) == "> 4.5")
        #expect(Distribution.label(1.25, 2.5, areWhole: false) == "1.25 – 2.5")
    }

    @Test func curvesAreReadBetweenTheirPoints() {
        let points = [(x: 0.0, y: 0.0), (x: 0.0, y: 0.4), (x: 0.5, y: 0.8), (x: 1.0, y: 1.0)]
        #expect(Curve.height(points, at: 0) == 0.4)
        #expect(abs(Curve.height(points, at: 0.25) - 0.6) < 1e-12)
        #expect(Curve.height(points, at: 1) == 1)
    }
}

@Suite struct DriftTests {
    @Test func theIndexIsThatOfTheFormula() throws {
        // (0.3 - 0.5) ln(0.3 / 0.5) + (0.7 - 0.5) ln(0.7 / 0.5)
        #expect(abs(try #require(Drift.stabilityIndex([50, 50], [30, 70])) - 0.169460) < 1e-5)
        #expect(Drift.stabilityIndex([1, 3], [10, 30]) == 0)
        #expect(Drift.stabilityIndex([0, 0], [1, 1]) == nil)
    }

    @Test func anEmptyGroupIsFinite() throws {
        let index = try #require(Drift.stabilityIndex([0, 10], [10, 0]))
        #expect(index > 1 && index.isFinite)
    }

    @Test func valuesAtACutAreBelowIt() {
        let counts: [Double] = [5, 10, 20, 70]
        #expect(Drift.share(below: 1, [1, 3], counts) == 0.1...0.1)
        #expect(Drift.share(below: 2, [1, 3], counts) == 0.1...0.3)
        #expect(Drift.share(below: 3, [1, 3], counts) == 0.3...0.3)
        #expect(Drift.share(below: 0, [1, 3], counts) == 0...0.1)
        #expect(Drift.share(below: 9, [1, 3], counts) == 0.3...1)
    }

    /// Tenths of 0 to 9 against tenths of 10 to 19: they have no value in common, and no edge.
    @Test func valuesThatAreAllElsewhereAreADrift() throws {
        let before = try values((0..<9).map { Double($0) + 0.5 }, [0] + Array(repeating: 10, count: 10))
        let after = try values((10..<19).map { Double($0) + 0.5 }, [0] + Array(repeating: 10, count: 10))
        #expect(try #require(Drift.stabilityIndex(before, after)) > 0.25)
        #expect(try #require(Drift.stabilityIndex(after, before)) > 0.25)
    }

    private func values(_ edges: [Double], _ counts: [Int]) throws -> InsightsFile.Values {
        var run = RunFixture()
        run.edges = edges
        run.edgeCounts = ["low": counts, "medium": counts, "high": counts]
        return try #require(run.finished().insights.factors[0].values)
    }

    /// Samples with heaps at 0 and at 12, each cut at edges of its own: halfway between neighbours, so that they move from
    /// sample to sample. Drawn from one distribution they are stable, whatever the edges.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func heapsBetweenMovingEdgesAreNoDrift(_ seed: UInt64) throws {
        func sample(_ seed: UInt64, zeros: Int = 12) throws -> InsightsFile.Values {
            var random = SplitMix(seed: seed)
            let drawn = (0..<4_000).map { _ -> Double in
                let kind = random.below(20)
                if kind < zeros { return 0 }
                return kind < zeros + 3 ? 12 : 30 * pow(Double(1 + random.below(100_000)) / 100_000, 2)
            }.sorted()
            let distinct = Set(drawn).sorted()
            var edges: [Double] = []
            for share in 1..<20 {
                let value = drawn[drawn.count * share / 20]
                let place = try #require(distinct.firstIndex(of: value))
                for next in [place - 1, place] where next >= 0 && next + 1 < distinct.count {
                    edges.append((distinct[next] + distinct[next + 1]) / 2)
                }
            }
            edges = Set(edges).sorted()
            var counts = [Int](repeating: 0, count: edges.count + 2)
            for value in drawn { counts[1 + (edges.firstIndex { value <= $0 } ?? edges.count)] += 1 }
            return try values(edges, counts)
        }
        let before = try sample(seed)
        #expect(try #require(Drift.stabilityIndex(before, sample(seed + 100))) < 0.02)
        #expect(try #require(Drift.stabilityIndex(sample(seed + 200), before)) < 0.02)
        // A heap that has lost a third of all is one.
        #expect(try #require(Drift.stabilityIndex(before, sample(seed + 300, zeros: 5))) > 0.25)
    }

    @Test func runsWithEdgesOfTheirOwnAreCompared() throws {
        let before = try values([1, 2, 3], [0, 10, 10, 10, 10])
        #expect(Drift.stabilityIndex(before, before) == 0)
        let same = try values([0.5, 1, 2, 3], [0, 5, 5, 10, 10, 10])
        #expect(abs(try #require(Drift.stabilityIndex(before, same))) < 1e-12)
        let later = try values([1, 2, 3], [0, 1, 1, 1, 37])
        #expect(try #require(Drift.stabilityIndex(before, later)) > 0.25)
    }
}

@Suite struct HistoryTests {
    /// From statsmodels' proportion_confint(method="wilson").
    @Test(arguments: [(10, 100, 0.0552291, 0.1743657), (0, 10, 0.0, 0.2775328), (10, 10, 0.7224672, 1.0)])
    func intervalsAreWilsons(_ outcomes: Int, _ count: Int, _ low: Double, _ high: Double) {
        let interval = Wilson.interval(outcomes, of: count)
        #expect(abs(interval.lowerBound - low) < 1e-6 && abs(interval.upperBound - high) < 1e-6)
    }

    private func measured(_ date: String, started: String = "2026-01-01T00:00:00Z") -> OutcomesFile.Run {
        func group(_ name: String?, _ rank: Int?) -> OutcomesFile.Group {
            OutcomesFile.Group(name: name, rank: rank, profiles: 100, expectedOutcomes: 10, outcomes: 30)
        }
        return OutcomesFile.Run(
            name: "Buys", propensity: "conversion", scoreDate: date, windowEnd: "2012-01-01", started: started,
            profilesScored: 1012, profilesVanished: 12, all: group(nil, nil),
            buckets: ["low", "medium", "high"].map { group($0, nil) }, deciles: (1...10).map { group(nil, $0) })
    }

    @Test func aRunIsToldOfOnceAndTheLatestFirst() {
        let again = measured("2011-06-01")
        let file = OutcomesFile([again, measured("2011-09-01"), measured("2011-06-01", started: "2026"), again])
        #expect(file.runs.map(\.scoreDate) == ["2011-09-01", "2011-06-01", "2011-06-01"])
        #expect(OutcomesFile((100..<300).map { measured("2011-01-01T00:00:00.000\($0)Z") }).runs.count == 100)
    }

    @Test func thePageTellsItsOwnScoresFromEarlierOnes() throws {
        var run = try RunFixture().finished()
        #expect(try !Report(run).html.contains("id=\"history\""))
        run.outcomes = OutcomesFile(
            [measured("2011-09-01")] + (1...28).map { measured("2011-08-\($0 < 10 ? "0" : "")\($0)") })
        let html = try Report(run).html
        for words in [
            "<section id=\"history\">", "This run's scores, as of 2011-09-01",
            "An earlier run's scores, as of 2011-08-28",
            "<th scope=\"row\">2011-08-01</th>", "Of 1,012 profiles that were scored 12 are not in the data any more",
            "profiles had the outcome, 30.0\u{A0}% of them;", "<td>10.0\u{A0}%</td><td>30.0\u{A0}%</td>", "<b>more</b>",
            "high: 10.0\u{A0}% expected, 30.0\u{A0}% actual",
        ] {
            #expect(html.contains(words), "\(words)")
        }
        // What came takes the place of what was hoped.
        #expect(!html.contains("outcomes expected: ") && !html.contains("of past outcomes"))
        #expect(!html.contains("{{"))
    }
}
