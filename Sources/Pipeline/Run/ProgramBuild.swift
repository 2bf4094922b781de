import Bytes
import Tables

/// Which build of the program a process is: another one may make other bytes of the same data.
package enum ProgramBuild {
    /// A hash of the program's file and of what it links to that reads and writes tables.
    ///
    /// Cost: one pass over the file, which is not copied.
    package static func of(executable: String) throws(StoreError) -> UInt64 {
        try Files.mapped(executable) { StableHash.hash($0, seed: StableHash.hash(arrowVersion)) }
    }

    /// Of this process, whatever has become of its file since.
    package static func ofThisProgram() throws(StoreError) -> UInt64 { try of(executable: "/proc/self/exe") }
}
