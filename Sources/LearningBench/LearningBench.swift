import ArgumentParser
import Foundation

/// Times training, scoring and explaining by the same code that workers run, for `scripts/bench learning`.
///
/// Each command prints one line of JSON. Not part of what is installed.
@main struct LearningBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-bench",
        abstract: "Times the learning rooms on a folder of raw numbers.",
        subcommands: [Train.self, Logistic.self, Explain.self, Limit.self])

    /// Prints results in the order of their names.
    static func report(_ results: [String: Double], hash: UInt64? = nil) throws {
        var lines = results.map { name, value in "\"\(name)\": \(value)" }
        if let hash { lines.append("\"hash\": \"\(String(hash, radix: 16))\"") }
        print("{\(lines.sorted().joined(separator: ", "))}")
    }
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return inSeconds(ContinuousClock.now - start)
}

func inSeconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The median of the seconds of several runs.
func medianSeconds(runs: Int, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<runs { times.append(try seconds(body)) }
    return times.sorted()[runs / 2]
}

/// Processor seconds of all threads of this process so far: wall time without what others took.
func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6
}

/// Memory that this process has resident, in MB: `VmRSS` now, `VmHWM` at most.
func residentMemory(_ what: String) throws -> Double {
    // Not from getrusage, which also counts the process that started this one.
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(what):") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) / 1000
}
