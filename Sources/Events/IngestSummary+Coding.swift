package import Bytes

extension IngestSummary: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(each: datasets) {
            $0.write(tally: $1.rowsRead)
            $0.write(tally: $1.rowsKept)
            for count in $1.rejected { $0.write(tally: count) }
            for moment in [$1.earliest, $1.latest] { $0.write(optional: moment) { $0.write($1) } }
            $1.days.encode(to: &$0)
            $1.brokenRows.encode(to: &$0)
            $1.unreadableTimes.encode(to: &$0)
            $0.write(tally: $1.refusedKnownTimes)
            $1.knownTimes.encode(to: &$0)
        }
        for moment in [earliest, latest, earliestAfterAsOf, latestDate] {
            writer.write(optional: moment) { $0.write($1) }
        }
        writer.write(each: types) { $1.encode(to: &$0) }
        writer.write(hasMoreTypes)
        writer.write(each: customEvents) { $1.encode(to: &$0) }
        writer.write(each: goalEventsByCondition) { $0.write(tally: $1) }
        writer.write(each: eligibleEventsByCondition) { $0.write(tally: $1) }
        for count in [positives, negatives, numbered, unlabelled] { writer.write(tally: count) }
        writer.write(fields: numbers)
        writer.write(each: numberShapes) { $1.encode(to: &$0) }
        writer.write(fields: categories)
        writer.write(each: attributes) { $0.write(fields: $1) }
        writer.write(fields: comparisons)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        func moment(_ reader: inout ByteReader) throws(ByteError) -> Int64? {
            try reader.readOptional { reader throws(ByteError) in
                let moment: Int64 = try reader.read()
                guard moment.magnitude <= 1 << 58 else { throw .badValue("moment", offset: reader.offset) }
                return moment
            }
        }
        datasets = try reader.readEach { reader throws(ByteError) in
            var rows = DatasetRows()
            rows.rowsRead = try reader.readTally()
            rows.rowsKept = try reader.readTally()
            for index in rows.rejected.indices { rows.rejected[index] = try reader.readTally() }
            rows.earliest = try moment(&reader)
            rows.latest = try moment(&reader)
            rows.days = try DayCounts(from: &reader)
            rows.brokenRows = try Examples(from: &reader)
            rows.unreadableTimes = try Examples(from: &reader)
            rows.refusedKnownTimes = try reader.readTally()
            rows.knownTimes = try Examples(from: &reader)
            return rows
        }
        earliest = try moment(&reader)
        latest = try moment(&reader)
        earliestAfterAsOf = try moment(&reader)
        latestDate = try moment(&reader)
        types = try reader.readEach { reader throws(ByteError) in try EventCounts(from: &reader) }
        hasMoreTypes = try reader.readBool()
        customEvents = try reader.readEach { reader throws(ByteError) in try EventCounts(from: &reader) }
        goalEventsByCondition = try reader.readEach { reader throws(ByteError) in try reader.readTally() }
        eligibleEventsByCondition = try reader.readEach { reader throws(ByteError) in try reader.readTally() }
        positives = try reader.readTally()
        negatives = try reader.readTally()
        numbered = try reader.readTally()
        unlabelled = try reader.readTally()
        numbers = try reader.readFields()
        numberShapes = try reader.readEach { reader throws(ByteError) in try NumberShape(from: &reader) }
        categories = try reader.readFields()
        attributes = try reader.readEach { reader throws(ByteError) in try reader.readFields() }
        comparisons = try reader.readFields()
    }
}

extension IngestSummary.EventCounts: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(tally: events)
        writer.write(tally: planned)
        writer.write(each: numbers) { $0.write(tally: $1) }
        writer.write(each: categories) { $0.write(tally: $1) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        name = try reader.readText()
        events = try reader.readTally()
        planned = try reader.readTally()
        numbers = try reader.readEach { reader throws(ByteError) in try reader.readTally() }
        categories = try reader.readEach { reader throws(ByteError) in try reader.readTally() }
    }
}

extension ByteWriter {
    package mutating func write(tally: Int) { write(UInt64(tally)) }

    fileprivate mutating func write(fields: [IngestSummary.FieldCounts]) {
        write(each: fields) {
            $0.write(tally: $1.present)
            $0.write(tally: $1.unreadable)
            $1.examples.encode(to: &$0)
        }
    }
}

extension ByteReader {
    fileprivate mutating func readFields() throws(ByteError) -> [IngestSummary.FieldCounts] {
        try readEach { reader throws(ByteError) in
            var counts = IngestSummary.FieldCounts()
            counts.present = try reader.readTally()
            counts.unreadable = try reader.readTally()
            counts.examples = try Examples(from: &reader)
            return counts
        }
    }
}
