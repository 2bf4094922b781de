internal import ArrowBridge

/// The version of Apache Arrow C++ that reads and writes files, such as "26.0.1".
package var arrowVersion: String { String(cString: ab_version()) }
