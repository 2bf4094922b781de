import Bytes
import Events
import InstanceFile

/// One shard's attribute rows: of each profile and dataset the last one, by file and row.
struct ShardAttributes {
    /// A profile's row, found again by block and row.
    private struct Place {
        var block: Int
        var row: Int
    }

    private let blocks: [AttributeBlock]
    /// By dataset, then by identity.
    private var places: [Int: [String: Place]] = [:]
    private(set) var replaced = 0

    init(_ blocks: [AttributeBlock]) {
        self.blocks = blocks
        for (block, content) in blocks.enumerated() {
            for row in 0..<content.rowCount { take(Place(block: block, row: row)) }
        }
    }

    private mutating func take(_ place: Place) {
        let block = blocks[place.block]
        let identity = block.identity[place.row]
        if let earlier = places[block.dataset]?[identity] {
            replaced += 1
            if key(earlier) > key(place) { return }
        }
        places[block.dataset, default: [:]][identity] = place
    }

    private func key(_ place: Place) -> (Int, UInt64) { (blocks[place.block].file, blocks[place.block].row[place.row]) }

    /// The profiles of a dataset, in byte order.
    func identities(of dataset: Int) -> [String] {
        (places[dataset] ?? [:]).keys.sorted(by: CanonicalText.precedes)
    }

    /// One a profile.
    func labels(of identities: [String], dataset: Int) -> LabelColumn {
        var labels = LabelColumn(blocks.lazy.compactMap(\.labels?.kind).first ?? .outcomes)
        for identity in identities {
            if let place = places[dataset]?[identity], let known = blocks[place.block].labels, known.kind == labels.kind
            {
                labels.append(place.row, of: known)
            } else {
                labels.appendUnknown()
            }
        }
        return labels
    }

    enum Value {
        case missing
        case number(Double)
        case date(Int64)
        case text(String)
    }

    func value(of attribute: RecipeAttribute, _ identity: String) -> Value {
        guard let place = places[attribute.dataset]?[identity],
            attribute.column < blocks[place.block].attributes.count
        else { return .missing }
        switch blocks[place.block].attributes[attribute.column] {
        case .numbers(let values): return values[place.row].isNaN ? .missing : .number(values[place.row])
        case .dates(let values):
            return values[place.row] == AttributeBlock.missingDate ? .missing : .date(values[place.row])
        case .texts(let values):
            let code = values.codes[place.row]
            return code < 0 ? .missing : .text(values.dictionary[Int(code)])
        }
    }
}
