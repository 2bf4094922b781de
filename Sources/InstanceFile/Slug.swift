internal import Bytes
internal import Foundation

/// A name as a folder name or a part of a feature code: lower-case ASCII letters, digits and single underscores.
///
/// Letters with marks lose them and common ligatures are spelt out ("Größe" is "grosse"); anything else separates
/// words. A name without any ASCII letter or digit left is "x" and eight hexadecimal digits of its hash, so that the
/// result is never empty and two such names hardly ever coincide. Different names may share a slug ("A b", "a-b").
package func slug(_ name: String) -> String {
    var slug = ""
    for scalar in name.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars {
        switch scalar {
        case "a"..."z", "0"..."9": slug.unicodeScalars.append(scalar)
        case "ß": slug += "ss"
        case "æ": slug += "ae"
        case "œ": slug += "oe"
        case "ø": slug += "o"
        case "đ", "ð": slug += "d"
        case "ł": slug += "l"
        case "þ": slug += "th"
        case "ı": slug += "i"
        case "\u{300}"..."\u{36F}", "'", "’": break
        default: if !slug.isEmpty, !slug.hasSuffix("_") { slug += "_" }
        }
    }
    if slug.hasSuffix("_") { slug.removeLast() }
    if !slug.isEmpty { return slug }
    let digits = String(StableHash.hash(name) >> 32, radix: 16)
    return "x" + String(repeating: "0", count: 8 - digits.count) + digits
}
