/// Whether a text stands for nothing: blank, NA, N/A, NaN, nan, null, NULL or None.
///
/// CSV files are read so that such texts are missing from the start; in other formats they are left as they are, and
/// count as missing where a number or a timestamp is wanted.
func isMissing(_ text: String) -> Bool {
    if text.utf8.count > 4 { return text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    switch text {
    case "", "NA", "N/A", "NaN", "nan", "null", "NULL", "None": return true
    default: return text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
