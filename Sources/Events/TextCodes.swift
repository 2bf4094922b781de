/// Distinct texts, numbered in the order in which they came.
struct TextCodes: Sendable {
    private(set) var texts: [String] = []
    private var codes: [String: Int32] = [:]

    mutating func code(of text: String) -> Int32 {
        if let code = codes[text] { return code }
        let code = Int32(texts.count)
        codes[text] = code
        texts.append(text)
        return code
    }

    /// The codes in this numbering of all of another dictionary's texts; nil stays -1.
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
