import TestSupport

/// Makes bad inputs of good ones: a few small changes each, as a function of a seed.
struct Mutator {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    private static let words: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 32, 1 << 38, 1 << 62, .max,
    ]

    mutating func changed(_ inputs: [[UInt8]]) -> [UInt8] {
        var bytes = inputs[random.below(inputs.count)]
        for _ in 0...random.below(4) { change(&bytes, inputs) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let place = random.below(bytes.count + 1)
        switch random.below(8) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.insert(UInt8(random.below(256)), at: place)
        case 4:
            // A length, a count or a number of another size.
            let word = Self.words[random.below(Self.words.count)]
            for byte in 0..<min([1, 2, 4, 8][random.below(4)], bytes.count - place) {
                bytes[place + byte] = UInt8(truncatingIfNeeded: word >> UInt64(8 * byte))
            }
        case 5:
            bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
        case 6:
            let other = inputs[random.below(inputs.count)]
            let start = random.below(other.count + 1)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + random.below(64))], at: place)
        default:
            let end = min(bytes.count, place + 1 + random.below(32))
            bytes.insert(contentsOf: bytes[place..<end], at: end)
        }
        if bytes.count > 1 << 19 { bytes.removeSubrange((1 << 19)...) }
    }
}
