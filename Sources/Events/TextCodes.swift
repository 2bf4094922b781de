import Bytes

/// Distinct texts, numbered in the order in which they came.
///
/// Most texts are ASCII, equal to no other composed text: they are found by the hash of their bytes, which is kept, in a table of open
/// addresses. Others may be written in several ways, which Swift's own dictionary knows.
package struct TextCodes: Sendable {
    package private(set) var texts: [String] = []
    /// By code, `StableHash` of the text.
    private(set) var hashes: [UInt64] = []
    /// Codes, -1 where there is none; as many as a power of two, at most half of them taken.
    private var slots = [Int32](repeating: -1, count: 16)
    private var others: [String: Int32] = [:]

    package init() {}

    mutating func code(of text: String) -> Int32 {
        let hash = StableHash.hash(text)
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            if let code = others[text] { return code }
            others[text] = Int32(texts.count)
            return append(text, hash)
        }
        var slot = slot(of: hash)
        while slots[slot] >= 0 {
            let code = Int(slots[slot])
            if hashes[code] == hash, texts[code] == text { return Int32(code) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(texts.count)
        let code = append(text, hash)
        if 2 * (texts.count - others.count) > slots.count { grow() }
        return code
    }

    private mutating func append(_ text: String, _ hash: UInt64) -> Int32 {
        texts.append(text)
        hashes.append(hash)
        return Int32(texts.count - 1)
    }

    /// The low bits: a shard's texts share the high ones.
    private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    private mutating func grow() {
        let codes = slots.filter { $0 >= 0 }
        slots = [Int32](repeating: -1, count: 2 * slots.count)
        for code in codes {
            var slot = slot(of: hashes[Int(code)])
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = code
        }
    }

    /// The codes in this numbering of all of another dictionary's texts.
    package mutating func codes(of dictionary: [String]) -> [Int32] { dictionary.map { code(of: $0) } }

    /// The same, where nil stays -1.
    mutating func codes(of dictionary: [String?]) -> [Int32] {
        dictionary.map { $0.map { code(of: $0) } ?? -1 }
    }
}

/// Codes of a selection of rows over a dictionary of their own, which holds only what the selection uses.
struct Recoding {
    private(set) var used: [Int32] = []
    private var local: [Int32]
    private var stamps: [UInt32]
    private var stamp: UInt32 = 0

    init(codeCount: Int) {
        local = [Int32](repeating: 0, count: codeCount)
        stamps = [UInt32](repeating: 0, count: codeCount)
    }

    /// Forgets the last selection, at no cost a code.
    mutating func begin() {
        used.removeAll(keepingCapacity: true)
        stamp += 1
    }

    mutating func recode(_ code: Int32) -> Int32 {
        guard code >= 0 else { return -1 }
        let index = Int(code)
        if stamps[index] != stamp {
            stamps[index] = stamp
            local[index] = Int32(used.count)
            used.append(code)
        }
        return local[index]
    }
}
