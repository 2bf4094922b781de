package import InstanceFile
package import Tables

/// Reads one split of the input and hands its rows, cleaned and cut down to what is used, to the shards they belong to.
package struct EventIngester: Sendable {
    let instance: Instance
    let plan: InputPlan
    /// Blocks are handed out whenever about so much is buffered.
    package var bufferLimit = 64 << 20

    package init(instance: Instance, plan: InputPlan) {
        self.instance = instance
        self.plan = plan
    }

    /// Reads a split from end to end.
    ///
    /// - Parameters:
    ///   - progress: told, after each batch, the rows of the split read so far.
    ///   - emit: given each block as it is full: the shard and the block's bytes, which `Assembler` reads. The blocks
    ///     of a shard depend on the split alone.
    /// - Returns: an account of every row that was read.
    /// - Throws: `TableError` where the file cannot be read, or what `emit` throws.
    ///
    /// Cost: one pass over the file; about `bufferLimit` of memory besides a batch.
    package func ingest(
        _ split: InputSplit, progress: (Int) -> Void = { _ in },
        emit: (_ shard: Int, _ block: [UInt8]) throws -> Void
    ) throws -> IngestSummary {
        let planned = plan.datasets[split.dataset]
        let file = try TableFile(
            path: split.path, options: instance.textOptions(of: planned), keyPrefix: StandardGroup.keyPrefix,
            constants: ConstantColumn.all(of: split.path),
            foundTypes: split.foundTypes)
        let uses = ColumnUses(planned, in: instance)
        let reader = try file.reader(
            columns: split.columns, part: split.part, exact: uses.exact, styled: uses.styled)
        return try ingest(split, next: { try reader.next() }, brokenRows: { reader.brokenRows }, progress, emit)
    }

    /// The same over batches from anywhere; `brokenRows` is asked when they have ended.
    package func ingest(
        _ split: InputSplit, next: () throws -> Table?, brokenRows: () -> BrokenRows = { BrokenRows() },
        _ progress: (Int) -> Void,
        _ emit: (_ shard: Int, _ block: [UInt8]) throws -> Void
    ) throws -> IngestSummary {
        let empty = IngestSummary(instance: instance, plan: plan)
        var summary: IngestSummary
        switch (plan.datasets[split.dataset].role, instance.source) {
        case (.events, .events(let source)):
            // A plan that ends with today was made for all events, whatever score date the instance names.
            let asOf = plan.endOfToday == nil ? instance.asOf : nil
            var ingestion = EventIngestion(
                source: source, asOf: asOf, plan: plan, dataset: split.dataset, summary: empty,
                uses: ColumnUses(plan.datasets[split.dataset], in: instance))
            while let table = try next() {
                try ingestion.add(table)
                progress(ingestion.rowsRead)
                if ingestion.byteCount >= bufferLimit { try ingestion.flush(emit) }
            }
            try ingestion.flush(emit)
            summary = ingestion.finishedSummary
        default:
            var ingestion = AttributeIngestion(instance: instance, plan: plan, split: split, summary: empty)
            while let table = try next() {
                try ingestion.add(table)
                progress(ingestion.rowsRead)
                if ingestion.byteCount >= bufferLimit { try ingestion.flush(emit) }
            }
            try ingestion.flush(emit)
            summary = ingestion.summary
        }
        let broken = brokenRows()
        summary.datasets[split.dataset].add(broken, of: split.path)
        return summary
    }
}

extension IngestSummary.DatasetRows {
    /// Counts what the reader of a file has left out.
    fileprivate mutating func add(_ broken: BrokenRows, of path: String) {
        rowsRead += broken.count + broken.headers
        rejected[RejectReason.brokenRow.rawValue] += broken.count
        rejected[RejectReason.repeatedHeader.rawValue] += broken.headers
        let name = path.split(separator: "/").last.map(String.init) ?? path
        brokenRows.add(broken.reasons.map { "\(name): \($0)" })
    }
}

extension Instance {
    /// How a dataset's files are written, where they do not say so themselves.
    func textOptions(of planned: PlannedDataset) -> TextOptions {
        switch (planned.role, source) {
        case (.events, .events(let source)): source.datasets[planned.position].text
        case (.features, .features(let table)): table.text
        case (.attributes, _): profiles[planned.position].text
        case (.events, .features), (.features, .events): TextOptions()
        }
    }
}
