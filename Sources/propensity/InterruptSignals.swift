import CLinux
import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, SIGTERM, SIGHUP (the terminal has gone) and SIGUSR1 (a scheduler says that time is nearly over): the first asks
/// politely; a second Ctrl-C or SIGTERM ends the process at once.
final class InterruptSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ ask: @escaping @Sendable () -> Void) {
        let flag = InterruptFlag()
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM, SIGHUP, SIGUSR1].compactMap { number in
            // Who starts it with nohup wants it to go on when the terminal has gone.
            if number == SIGHUP, is_ignored(number) != 0 { return nil }
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if flag.isRaised, number == SIGINT || number == SIGTERM { _exit(75) }
                if flag.isRaised { return }
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
