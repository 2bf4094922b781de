import EventFixtures
import Tables
import Testing

@testable import InstanceFile

/// A batch of events with named columns, types and factors written out by hand.
struct HandScope: ConditionScope {
    var rowCount: Int
    var columns: [Column] = []
    var events: [String] = []
    var factors: [String] = []

    func column(_ path: String) -> Column? { columns.first { $0.name == path } }
    func rows(ofEvent name: String) -> [Bool] { events.map { $0 == name } }
    func rows(withFactor test: FactorTest) -> [Bool] { factors.map { $0 == test.name } }
}

private func moment(_ iso: String) throws -> Timestamp { try #require(Timestamp(iso8601: iso)) }

private func rows(_ test: FieldTest, _ column: Column) -> [Bool] {
    test.evaluate(on: column, rowCount: column.count)
}

@Suite struct ConditionEvaluationTests {
    /// In every kind of column.
    @Test func aMissingValuePassesOnlyTheInvertedTests() throws {
        let columns: [Column?] = [
            nil, texts("t", [nil]), Column(name: "n", values: .numbers([.nan])),
            Column(name: "i", values: .integers([1]), valid: [false]),
            Column(name: "b", values: .booleans([true]), valid: [false]),
            Column(name: "d", values: .timestamps([0]), valid: [false]),
        ]
        for column in columns {
            func passes(_ test: FieldTest) -> Bool { test.evaluate(on: column, rowCount: 1)[0] }
            #expect(passes(.exists(false)))
            #expect(passes(.notEquals(.number(1))))
            #expect(passes(.notIn([.text("a"), .boolean(true)])))
            let refused: [FieldTest] = [
                .exists(true), .equals(.number(1)), .isIn([.boolean(true), .number(1)]), .contains(""), .startsWith(""),
                .endsWith(""), .matches("^"), .greater(.number(-1)), .greaterOrEqual(.number(0)), .less(.number(2)),
                .lessOrEqual(.number(2)), .between(.number(-9), .number(9)),
                .lessOrEqual(.date(try moment("2030-01-01"))),
            ]
            for test in refused { #expect(!passes(test), "\(test) on \(column?.name ?? "no column")") }
        }
    }

    @Test func equalityDoesNotDependOnTheKindOfColumn() throws {
        let numbers = Column(name: "n", values: .numbers([12346, 0.5, 1, 0]))
        #expect(rows(.equals(.text("12346")), numbers) == [true, false, false, false])
        #expect(rows(.equals(.text("12346.0")), numbers) == [false, false, false, false])
        #expect(rows(.isIn([.text("0.5"), .number(0)]), numbers) == [false, true, false, true])
        #expect(rows(.equals(.boolean(true)), numbers) == [false, false, true, false])
        #expect(rows(.equals(.date(try moment("1970-01-01"))), numbers) == [false, false, false, false])

        let integers = Column(name: "i", values: .integers([9_007_199_254_740_993, 9_007_199_254_740_992, 7]))
        #expect(rows(.equals(.text("9007199254740993")), integers) == [true, false, false])
        #expect(rows(.notEquals(.number(7)), integers) == [true, true, false])
        #expect(rows(.equals(.text("007")), integers) == [false, false, false])

        let words = texts("t", ["12346", "12346.0", "Yes", "no", "1", "2011-09-01", "x"])
        #expect(rows(.equals(.number(12346)), words) == [true, true, false, false, false, false, false])
        #expect(rows(.equals(.text("12346")), words) == [true, false, false, false, false, false, false])
        #expect(rows(.equals(.boolean(true)), words) == [false, false, true, false, true, false, false])
        #expect(rows(.equals(.boolean(false)), words) == [false, false, false, true, false, false, false])
        #expect(
            rows(.equals(.date(try moment("2011-09-01"))), words) == [false, false, false, false, false, true, false])
        #expect(rows(.notIn([.text("x"), .number(1)]), words) == [true, true, true, true, false, true, false])

        let truths = Column(name: "b", values: .booleans([true, false]))
        for operand: Operand in [.boolean(true), .number(1), .text("true"), .text("YES")] {
            #expect(rows(.equals(operand), truths) == [true, false])
        }
        for operand: Operand in [.boolean(false), .number(0), .text("False"), .text("no")] {
            #expect(rows(.equals(operand), truths) == [false, true])
        }
        #expect(rows(.equals(.text("maybe")), truths) == [false, false])

        let moments = Column(
            name: "d",
            values: .timestamps([try moment("2011-09-01").microseconds, try moment("2011-09-02").microseconds]))
        #expect(rows(.equals(.date(try moment("2011-09-01"))), moments) == [true, false])
        #expect(rows(.equals(.text("2011-09-02")), moments) == [false, true])
        #expect(rows(.equals(.number(0)), moments) == [false, false])
    }

    @Test func orderDoesNotDependOnTheKindOfColumn() throws {
        let numbers = Column(name: "n", values: .numbers([4.5, 5, 5.5]))
        #expect(rows(.greater(.number(5)), numbers) == [false, false, true])
        #expect(rows(.greaterOrEqual(.text("5")), numbers) == [false, true, true])
        #expect(rows(.less(.number(5)), numbers) == [true, false, false])
        #expect(rows(.lessOrEqual(.number(5)), numbers) == [true, true, false])
        #expect(rows(.between(.number(4.5), .number(5)), numbers) == [true, true, false])
        #expect(rows(.greater(.text("few")), numbers) == [false, false, false])
        #expect(rows(.greater(.number(.nan)), numbers) == [false, false, false])

        let integers = Column(name: "i", values: .integers([-1, 2, 3, .max, .min]))
        #expect(rows(.greater(.number(2.5)), integers) == [false, false, true, true, false])
        #expect(rows(.less(.number(2.5)), integers) == [true, true, false, false, true])
        #expect(rows(.less(.number(1e300)), integers) == [true, true, true, true, true])
        #expect(rows(.greaterOrEqual(.number(-1e300)), integers) == [true, true, true, true, true])
        #expect(rows(.less(.number(0x1p63)), integers) == [true, true, true, true, true])

        let words = texts("t", ["10", "9", "apple", "2011-09-01T10:00:00Z"])
        #expect(rows(.greater(.number(9)), words) == [true, false, false, false])
        #expect(rows(.greater(.text("9")), words) == [true, false, true, false])
        #expect(rows(.greater(.date(try moment("2011-08-31"))), words) == [false, false, false, true])
        #expect(rows(.greaterOrEqual(.text("apple")), words) == [false, false, true, false])

        let moments = Column(name: "d", values: .timestamps([try moment("2011-09-01").microseconds]))
        #expect(rows(.greater(.date(try moment("2011-08-31"))), moments) == [true])
        #expect(rows(.between(.text("2011-09-01"), .text("2011-09-30")), moments) == [true])
        #expect(rows(.less(.number(1e18)), moments) == [false])
    }

    /// Numbers by their canonical text.
    @Test func partsOfTextsAndRegularExpressions() {
        let words = texts("t", ["C536379", "536365", "caf\u{e9}", "", "C"])
        #expect(rows(.startsWith("C"), words) == [true, false, false, false, true])
        #expect(rows(.endsWith("65"), words) == [false, true, false, false, false])
        #expect(rows(.endsWith(""), words) == [true, true, true, true, true])
        #expect(rows(.contains("53637"), words) == [true, false, false, false, false])
        #expect(rows(.contains("f\u{e9}"), words) == [false, false, true, false, false])
        #expect(rows(.matches("^[cC]"), words) == [true, false, true, false, true])
        #expect(rows(.matches("5{1}3.*9$"), words) == [true, false, false, false, false])
        #expect(rows(.matches("("), words) == [false, false, false, false, false])
        #expect(rows(.startsWith("5"), Column(name: "i", values: .integers([536, 45]))) == [true, false])
        #expect(rows(.endsWith(".5"), Column(name: "n", values: .numbers([0.5, 5]))) == [true, false])
        #expect(rows(.matches("^t"), Column(name: "b", values: .booleans([true, false]))) == [true, false])
    }

    @Test func combinationsOfConditions() {
        let scope = HandScope(
            rowCount: 3, columns: [Column(name: "x", values: .integers([1, 2, 3]))], events: ["A", "B", "A"],
            factors: ["f", "f", "g"])
        let a = Condition.event("A")
        let big = Condition.field(path: "x", .greater(.number(1)))
        #expect(Condition.all([a, big]).evaluate(in: scope) == [false, false, true])
        #expect(Condition.any([a, big]).evaluate(in: scope) == [true, true, true])
        #expect(Condition.none([a, big]).evaluate(in: scope) == [false, false, false])
        #expect(Condition.none([a]).evaluate(in: scope) == [false, true, false])
        #expect(Condition.factor(FactorTest(name: "g")).evaluate(in: scope) == [false, false, true])
        #expect(Condition.all([]).evaluate(in: scope) == [true, true, true])
        #expect(Condition.any([]).evaluate(in: scope) == [false, false, false])
        #expect(Condition.none([]).evaluate(in: scope) == [true, true, true])
        #expect(Condition.field(path: "y", .exists(false)).evaluate(in: scope) == [true, true, true])
    }

    @Test func whatAConditionMentionsIsSortedAndDistinct() {
        let condition = Condition.all([
            .event("B"), .any([.event("A"), .field(path: "z", .exists(true)), .event("B")]),
            .none([.field(path: "a", .exists(true)), .factor(FactorTest(name: "f")), .field(path: "z", .exists(false))]
            ),
        ])
        #expect(condition.eventNames == ["A", "B"])
        #expect(condition.fieldPaths == ["a", "z"])
        #expect(condition.factors == ["f"])
    }
}
