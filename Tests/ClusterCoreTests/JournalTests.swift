import Bytes
import ClusterProtocol
import Testing

@testable import ClusterCore

@Suite struct JournalTests {
    private func records() throws -> [JournalRecord] {
        return [
            .run([1, 2, 3]), .step(.ingest, digest: 7, parts: 2), .result(part: 1, [9]), .result(part: 0, []),
            .step(.train, digest: 8, parts: 0), .checkpoint([5, 6]), .checkpoint([]),
            .outcome([4]),
        ]
    }

    private func bytes(_ records: [JournalRecord]) -> [UInt8] {
        records.reduce(into: []) { $0 += JournalFormat.encode($1, at: $0.count) }
    }

    @Test func aTornTailIsCutWhereverItIsTorn() throws {
        let records = try records()
        let whole = bytes(records)
        let ends = records.indices.map { bytes(Array(records[...$0])).count }
        for length in 0...whole.count {
            let found = JournalFormat.decode(Array(whole[..<length]))
            let count = ends.count { $0 <= length }
            #expect(found.records == Array(records[..<count]))
            #expect(found.length == (count == 0 ? 0 : ends[count - 1]))
        }
    }

    @Test func aChangedByteEndsIt() throws {
        let records = try records()
        let whole = bytes(records)
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0x10
            let found = JournalFormat.decode(damaged).records
            #expect(found.count < records.count && found == Array(records[..<found.count]))
        }
    }

    /// What a disk left from an earlier file is not taken for what was written here.
    @Test func aRecordElsewhereIsNone() throws {
        let first = JournalFormat.encode(.run([1]), at: 0)
        #expect(JournalFormat.decode(first + first).records.count == 1)
    }

    @Test func whatIsThereIsTakenStepByStep() throws {
        var steps = JournaledSteps(try records())
        #expect(steps.run == [1, 2, 3] && steps.count == 2)
        let taken = [steps.take(), steps.take(), steps.take()]
        let ingest = try #require(taken[0])
        #expect(ingest.stage == .ingest && ingest.digest == 7 && ingest.results == [0: [], 1: [9]])
        let fit = try #require(taken[1])
        #expect(fit.checkpoints == [[5, 6], []] && fit.outcome == [4])
        #expect(taken[2] == nil)
    }

    @Test func whatCannotStandWhereItStandsEndsIt() {
        #expect(JournaledSteps([.step(.bin, digest: 0, parts: 1)]).count == 0)
        var steps = JournaledSteps([
            .run([]), .step(.bin, digest: 0, parts: 1), .result(part: 1, []), .step(.score, digest: 0, parts: 1),
        ])
        let step = steps.take()
        #expect(steps.count == 1 && step?.results == [:])
    }

    /// Or what is written after it would be lost each time.
    @Test func whatIsNotBelievedIsCut() throws {
        let good: [JournalRecord] = [.run([1]), .step(.bin, digest: 1, parts: 2), .result(part: 1, [9])]
        var bytes: [UInt8] = []
        for record in good { bytes += JournalFormat.encode(record, at: bytes.count) }
        let length = bytes.count
        for odd: JournalRecord in [.run([1]), .result(part: 2, [9])] {
            let found = JournaledSteps.read(bytes + JournalFormat.encode(odd, at: length))
            #expect(found.length == length && found.steps.count == 1)
        }
    }
}
