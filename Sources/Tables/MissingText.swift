/// Whether a text stands for nothing: blank, or what programs write for it: NA, N/A, n/a, NaN, nan, NaT, null, NULL, None,
/// \N, <NA>, <null>, (null), #NA and #N/A.
///
/// CSV files are read so that such texts are missing from the start; in other formats they are left as they are, and
/// count as missing where a number or a timestamp is wanted.
func isMissing(_ text: String) -> Bool {
    if text.utf8.count > 6 { return text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    switch text {
    case "", "NA", "N/A", "n/a", "NaN", "nan", "NaT", "null", "NULL", "None", "\\N", "<NA>", "<null>", "(null)", "#NA",
        "#N/A":
        return true
    default: return text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
