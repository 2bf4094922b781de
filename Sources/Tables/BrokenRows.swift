/// Rows of a text file that could not be read and are left out, and some of the reasons.
package struct BrokenRows: Sendable, Equatable {
    package var count: Int
    /// Lines of a CSV file that repeat its header, as where files were joined.
    package var headers: Int
    /// Of the first ones, at most three: "line 17 has 4 fields, and the header 5".
    package var reasons: [String]

    package init(count: Int = 0, headers: Int = 0, reasons: [String] = []) {
        self.count = count
        self.headers = headers
        self.reasons = reasons
    }
}
