import Scoring
import Tables
import Testing

@testable import InstanceFile

/// Five profiles as a run leaves them.
private func scope() -> SegmentScope {
    SegmentScope(
        rowCount: 5,
        outputs: [
            Column(name: "score", values: .numbers([10, 24.9, 25, 75, 99])),
            Column(name: "probability", values: .numbers([0.01, 0.02, 0.1, 0.3, 0.9])),
            Column(name: "percentile", values: .integers([1, 20, 40, 60, 80])),
            Column(
                name: "bucket",
                values: .texts(TextValues(codes: [0, 0, 1, 2, 2], dictionary: ["low", "medium", "high"]))),
        ],
        features: [
            Column(name: "purchase_count_30d", values: .numbers([0, 2, .nan, 5, 1])),
            // Named as an output is: the output comes first.
            Column(name: "score", values: .numbers([0, 0, 0, 0, 0])),
        ],
        attributes: [
            Column(
                name: "Country", values: .texts(TextValues(codes: [0, 1, -1, 0, 1], dictionary: ["France", "Spain"])))
        ],
        factors: RowFactors(
            start: [0, 2, 3, 3, 4, 6], feature: [0, 2, 1, 0, 0, 1],
            directions: [.lowers, .raises, .raises, .raises, .lowers, .lowers],
            importances: [.high, .low, .medium, .medium, .low, .high],
            codes: ["purchase_days_since_last", "purchase_count_30d", "purchase_count_all"],
            names: ["Days since last Purchase", "Count of Purchase, last 30 days", "Count of Purchase, all time"],
            shown: ["", "", "Count / Days of Purchase"], leaders: [0, 1, 2]))
}

private func members(_ condition: Condition) -> [Int] {
    scope().members(of: SegmentDefinition(name: "s", condition: condition))
}

@Suite struct MembershipTests {
    @Test func outputsAreFields() {
        #expect(members(.field(path: "score", .greaterOrEqual(.number(75)))) == [3, 4])
        #expect(members(.field(path: "score", .less(.number(25)))) == [0, 1])
        #expect(members(.field(path: "probability", .between(.number(0.1), .number(0.3)))) == [2, 3])
        #expect(members(.field(path: "percentile", .greater(.number(40)))) == [3, 4])
        #expect(members(.field(path: "bucket", .equals(.text("low")))) == [0, 1])
        #expect(members(.field(path: "bucket", .isIn([.text("medium"), .text("high")]))) == [2, 3, 4])
    }

    @Test func featuresAndAttributesAreFields() {
        #expect(members(.field(path: "purchase_count_30d", .greater(.number(1)))) == [1, 3])
        #expect(members(.field(path: "purchase_count_30d", .exists(false))) == [2])
        #expect(members(.field(path: "Country", .equals(.text("France")))) == [0, 3])
        #expect(members(.field(path: "Country", .notEquals(.text("France")))) == [1, 2, 4])
    }

    @Test func factorsGoByCodeAndByName() {
        for name in ["purchase_days_since_last", "Days since last Purchase"] {
            #expect(members(.factor(FactorTest(name: name))) == [0, 3, 4])
        }
        #expect(members(.factor(FactorTest(name: "Count of Purchase, last 30 days"))) == [1, 4])
        #expect(members(.factor(FactorTest(name: "purchase_count_all"))) == [0])
    }

    /// Without a window a name stands for all of its windows.
    @Test func aFactorWithoutItsWindowIsMeantInAllOfThem() {
        #expect(members(.factor(FactorTest(name: "Count of Purchase"))) == [0, 1, 4])
        #expect(members(.factor(FactorTest(name: "Count of"))) == [])
        #expect(members(.factor(FactorTest(name: "Days since last"))) == [])
        #expect(!SegmentScope.isMeant("Name", code: "n", name: "Name, first"))
    }

    @Test func directionAndImportanceNarrowAFactor() {
        let name = "Days since last Purchase"
        #expect(members(.factor(FactorTest(name: name, direction: .lowers))) == [0, 4])
        #expect(members(.factor(FactorTest(name: name, direction: .raises))) == [3])
        // At least so important.
        #expect(members(.factor(FactorTest(name: name, importance: .low))) == [0, 3, 4])
        #expect(members(.factor(FactorTest(name: name, importance: .medium))) == [0, 3])
        #expect(members(.factor(FactorTest(name: name, importance: .high))) == [0])
        #expect(members(.factor(FactorTest(name: name, direction: .lowers, importance: .medium))) == [0])
        // Of one and the same factor: that one lowers and another one is important is not enough.
        #expect(
            members(.factor(FactorTest(name: "Count of Purchase", direction: .lowers, importance: .high))) == [4])
    }

    @Test func conditionsCombine() {
        let lost = Condition.all([
            .field(path: "bucket", .equals(.text("low"))),
            .factor(FactorTest(name: "Days since last Purchase", direction: .lowers)),
        ])
        #expect(members(lost) == [0])
        #expect(members(.none([lost, .field(path: "score", .greater(.number(50)))])) == [1, 2])
        #expect(members(.any([])) == [])
        // No profile is an event.
        #expect(members(.event("Purchase")) == [])
    }
}

@Suite struct SegmentProblemTests {
    private func problems(_ conditions: Condition...) -> [String] {
        SegmentProblem.find(
            in: conditions.map { SegmentDefinition(name: "Win back", condition: $0) },
            features: [
                ("purchase_count_30d", "Count of Purchase, last 30 days"),
                ("purchase_days_since_last", "Days since last Purchase"),
            ], numbers: ["purchase_count_30d"], attributes: ["Country"]
        ).map(\.description)
    }

    @Test func whatThereIsHasNoProblem() {
        let fields = ["score", "probability", "percentile", "bucket", "purchase_count_30d", "Country"]
        #expect(problems(.all(fields.map { .field(path: $0, .exists(true)) })) == [])
        let factors = ["purchase_count_30d", "Count of Purchase, last 30 days", "Count of Purchase"]
        #expect(problems(.any(factors.map { .factor(FactorTest(name: $0)) })) == [])
    }

    @Test func whatThereIsNotIsNamedWithTheNearest() {
        #expect(
            problems(
                .all([.field(path: "scor", .exists(true)), .field(path: "country", .exists(true))]),
                .none([.field(path: "zebra", .exists(true)), .factor(FactorTest(name: "Days since last Purchas"))]))
                == [
                    "segment \"Win back\": there is no field \"country\"; did you mean \"Country\"?",
                    "segment \"Win back\": there is no field \"scor\"; did you mean \"score\"?",
                    "segment \"Win back\": there is no field \"zebra\"; a field is score, probability, percentile, "
                        + "bucket, a feature's code or an attribute",
                    "segment \"Win back\": there is no factor \"Days since last Purchas\"; did you mean \"Days since last "
                        + "Purchase\"?",
                ])
    }

    @Test func numbersAreNotComparedWithTexts() {
        #expect(
            problems(
                .all([.field(path: "purchase_count_30d", .greaterOrEqual(.text("lots")))]),
                .any([
                    .field(path: "score", .between(.number(1), .text("high"))),
                    .field(path: "score", .less(.text("75"))),
                ]),
                .field(path: "Country", .less(.text("lots"))), .field(path: "bucket", .greater(.text("low"))))
                == [
                    "segment \"Win back\": purchase_count_30d is a number, and is never above or below \"lots\"; write a number",
                    "segment \"Win back\": score is a number, and is never above or below \"high\"; write a number",
                ])
    }
}
