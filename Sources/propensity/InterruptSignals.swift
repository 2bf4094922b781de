import CLinux
import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, SIGTERM, a terminal that goes away, and the warning that Slurm is told to give (SIGUSR1): the first asks
/// politely, the second ends the process at once.
final class InterruptSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ ask: @escaping @Sendable () -> Void) {
        let flag = InterruptFlag()
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM, SIGHUP, SIGUSR1].compactMap { number in
            // What nohup asked for stays.
            if number == SIGHUP, is_ignored(number) != 0 { return nil }
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if flag.isRaised { _exit(75) }
                flag.raise()
                ask()
            }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}

final class InterruptFlag: Sendable {
    private let flag = Atomic(false)
    var isRaised: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
}
