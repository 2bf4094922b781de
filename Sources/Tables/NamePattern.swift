/// A pattern of one name.
struct NamePattern {
    private enum Piece {
        case one(Unicode.Scalar)
        case anyOne
        case any
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .one(let wanted): wanted == scalar
            case .anyOne, .any: true
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            }
        }

        var isAny: Bool {
            if case .any = self { return true }
            return false
        }
    }

    private var pieces: [Piece] = []

    static func isPattern(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    init(_ pattern: String) {
        let scalars = Array(pattern.unicodeScalars)
        var place = 0
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            switch scalar {
            case "*": pieces.append(.any)
            case "?": pieces.append(.anyOne)
            case "[":
                guard let (set, next) = Self.set(scalars, from: place) else {
                    pieces.append(.one(scalar))
                    continue
                }
                pieces.append(set)
                place = next
            default: pieces.append(.one(scalar))
            }
        }
    }

    /// The set whose bracket opens before `start`, and the place after its end; nil when it is never closed.
    private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Piece, Int)? {
        var place = start
        let isNegated = place < scalars.count && (scalars[place] == "!" || scalars[place] == "^")
        if isNegated { place += 1 }
        let first = place
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while place < scalars.count {
            if scalars[place] == "]", place > first { return (.set(ranges, isNegated: isNegated), place + 1) }
            if place + 2 < scalars.count, scalars[place + 1] == "-", scalars[place + 2] != "]" {
                let (low, high) = (scalars[place], scalars[place + 2])
                if low <= high { ranges.append(low...high) }
                place += 3
            } else {
                ranges.append(scalars[place]...scalars[place])
                place += 1
            }
        }
        return nil
    }

    /// A hidden file must be asked for by its dot.
    private var startsWithDot: Bool {
        if case .one(".")? = pieces.first { return true }
        return false
    }

    /// Cost: linear for patterns of one star, at worst the product of the two lengths.
    func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        if scalars.first == ".", !startsWithDot { return false }
        var (piece, place) = (0, 0)
        var retry: (piece: Int, place: Int)?
        while place < scalars.count {
            if piece < pieces.count, pieces[piece].isAny {
                retry = (piece, place)
                piece += 1
            } else if piece < pieces.count, pieces[piece].matches(scalars[place]) {
                piece += 1
                place += 1
            } else if let last = retry {
                // The last star takes one character more.
                retry = (last.piece, last.place + 1)
                (piece, place) = (last.piece + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy(\.isAny)
    }
}
