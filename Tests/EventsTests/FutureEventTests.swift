import EventFixtures
import Tables
import TestSupport
import Testing

@testable import Events
@testable import InstanceFile

@Suite struct FutureEventTests {
    /// A date in 2099 is a mistake: it is counted, and does not become the as-of date. Today's events are not in the future.
    @Test func eventsOfDaysToComeAreRejectedWhereNoAsOfDateIsGiven() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            """
            who,kind,at
            a,buy,2024-03-01
            a,buy,2024-03-09T23:00:00-11:00
            b,buy,2024-03-20
            b,buy,2099-01-01

            """, to: "events.csv")
        var instance = shop(asOf: nil)
        let dataset = EventDataset(
            paths: [path], identity: "who", timestamp: TimestampColumn(column: "at"), type: .column("kind"))
        instance.source = .events(
            EventSource(datasets: [dataset], goal: Goal(condition: .event("buy"), within: Days(30))))
        func summary(today: Timestamp?) throws -> IngestSummary {
            let plan = try InputPlan(surveying: instance, today: today)
            return try EventIngester(instance: instance, plan: plan).ingest(plan.splits[0]) { _, _ in }
        }
        let today = try summary(today: Timestamp(year: 2024, month: 3, day: 9))
        #expect(today.rejected(.inTheFuture) == 2)
        #expect(today.rowsKept == 2)
        #expect(today.latest == Timestamp(year: 2024, month: 3, day: 10).microseconds + 10 * 3_600_000_000)
        #expect(try summary(today: nil).rowsKept == 4)

        instance.asOf = Timestamp(year: 2099, month: 1, day: 1)
        #expect(try summary(today: Timestamp(year: 2024, month: 3, day: 9)).rowsKept == 4)
    }
}
