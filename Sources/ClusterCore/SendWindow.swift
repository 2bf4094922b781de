import ClusterProtocol

/// What a worker has to tell the coordinator in large messages: numbered, kept until they are acknowledged, sent again
/// when they are not, and never more under way than the coordinator has room for.
struct SendWindow: Sendable {
    private struct Parcel {
        var number: UInt64
        var message: WorkerMessage
        var bytes: Int
        var lastSent: Instant?
    }

    private var parcels: [Parcel] = []
    private var count: UInt64 = 0

    /// Bytes that have been sent and not acknowledged.
    private(set) var underWay = 0
    var largest: Int { parcels.map(\.bytes).max() ?? 0 }

    mutating func put(_ message: WorkerMessage) {
        count += 1
        parcels.append(Parcel(number: count, message: message, bytes: message.approximateSize, lastSent: nil))
    }

    mutating func acknowledge(_ number: UInt64) {
        guard let place = parcels.firstIndex(where: { $0.number == number }) else { return }
        let parcel = parcels.remove(at: place)
        if parcel.lastSent != nil { underWay -= parcel.bytes }
    }

    /// What has been sent and not acknowledged is to be sent again; some of it may have arrived.
    mutating func loseUnderWay() {
        for place in parcels.indices { parcels[place].lastSent = nil }
        underWay = 0
    }

    /// What is to be sent now: the oldest first, as far as the credit reaches, one message at least; and again what has
    /// been under way for too long.
    ///
    /// - Parameter patience: of an empty message; a slow line is given a second more for every megabyte.
    mutating func send(at now: Instant, credit: Int, patience: Duration) -> [WorkerMessage] {
        var messages: [WorkerMessage] = []
        for place in parcels.indices {
            let parcel = parcels[place]
            if let last = parcel.lastSent {
                guard now - last >= patience + .microseconds(parcel.bytes) else { continue }
            } else {
                guard underWay == 0 || underWay + parcel.bytes <= credit else { break }
                underWay += parcel.bytes
            }
            parcels[place].lastSent = now
            messages.append(.numbered(parcel.number, parcel.message))
        }
        return messages
    }
}
