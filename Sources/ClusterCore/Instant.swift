/// A moment on whatever clock drives the state machines: the time since its start.
///
/// The cores never read a clock; real time and a simulation's virtual time look the same to them.
package struct Instant: Sendable, Hashable, Comparable {
    package var sinceStart: Duration
    package init(_ sinceStart: Duration) { self.sinceStart = sinceStart }
    package static func < (a: Instant, b: Instant) -> Bool { a.sinceStart < b.sinceStart }
    package static func - (a: Instant, b: Instant) -> Duration { a.sinceStart - b.sinceStart }
    package static func + (a: Instant, b: Duration) -> Instant { Instant(a.sinceStart + b) }
}
