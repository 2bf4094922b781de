import Bytes
import ClusterCore
import ClusterProtocol
import Foundation
import Logging
import Synchronization
import ZeroMQ

/// A worker's sockets and the state machine behind them, on the thread that calls `run`. Compute happens elsewhere and
/// comes back through `Inbox`.
struct WorkerLoop: ~Copyable {
    /// Where compute threads leave what they have done, and others their wish that the worker leaves.
    typealias Inbox = SocketInbox<Worker.Event>

    private var control: MessagePort
    private var data: MessagePort
    private var controlConnector: Connector
    private var dataConnector: Connector
    private var diagnosis: ConnectionDiagnosis
    /// Whether the data connection has been there: no worker registers that could send no result.
    private var hasDataConnection = false
    private let endpoint: Endpoint
    private var core: Worker
    /// For tests of what a worker's death does: the kind of message at which it dies.
    private let deadlyMessage: CoordinatorMessage.Kind?
    private let inbox: Inbox
    private let files: RemoteFiles
    private let start = ContinuousClock.now
    private var lastAsked = Instant(.zero)
    /// Whether the control connection has been there.
    private var hasConnection = false
    private var nextWord = Instant(Self.firstWord)

    /// When it says what may be in the way of a connection, and how often from then on.
    private static let firstWord = Duration.seconds(10)
    private static let moreWords = Duration.seconds(60)
    private let logger: Logger

    init(
        endpoint: Endpoint, credentials: Credentials?, hello: Hello, limits: Worker.Limits,
        deadlyMessage: CoordinatorMessage.Kind?,
        inbox: Inbox,
        files: RemoteFiles,
        context: Context,
        logger: Logger
    ) throws(ZeroMQError) {
        var options = SocketOptions()
        options.largestPart = Frame.chunkSize + Frame.headerSize
        options.linger = .milliseconds(500)
        options.isIPv6 = endpoint.isIPv6
        options.curve = credentials?.curve
        let control = try Socket(.dealer, context: context, options: options)
        let controlConnector = try Connector(control, to: endpoint.address, context: context)
        options.sendHighWaterMark = 16
        let data = try Socket(.dealer, context: context, options: options)
        let dataConnector = try Connector(data, to: endpoint.address, context: context)
        self.control = MessagePort(socket: control, isRouter: false, run: 0)
        self.data = MessagePort(socket: data, isRouter: false, run: 0, packs: endpoint.leadsElsewhere)
        self.controlConnector = controlConnector
        self.dataConnector = dataConnector
        self.endpoint = endpoint
        diagnosis = ConnectionDiagnosis(endpoint: endpoint, credentials: credentials)
        core = Worker(hello: hello, limits: limits)
        self.deadlyMessage = deadlyMessage
        self.inbox = inbox
        self.files = files
        self.logger = logger
    }

    var hasServed: Bool { core.hasServed }

    private var now: Instant { Instant(ContinuousClock.now - start) }

    /// Takes part until the run is over; `compute` carries out what is not sending, and returns at once.
    ///
    /// - Parameter isThere: asked once a second while the worker is not registered: whether this is where to look.
    mutating func run(
        whileAlive isWanted: () -> Bool, whileThere isThere: () -> Bool, _ compute: (Worker.Effect) -> Void
    ) throws(ZeroMQError) -> Worker.Departure {
        while true {
            try poll(
                control.socket, data.socket, inbox.wakeUp,
                timeout: control.hasWaiting || data.hasWaiting ? .milliseconds(5) : .milliseconds(200))
            var events = inbox.take()
            if !isWanted() { events.append(.leave) }
            while let incoming = try control.receive() {
                switch incoming {
                case .refused(_, .version(let theirs)):
                    return .refused("\(FrameError.version(theirs: theirs))")
                case .refused(_, let error):
                    logger.warning("refused a frame of the coordinator: \(error)")
                case .message(_, _, let bytes, _):
                    do throws(ByteError) {
                        let message = try CoordinatorMessage(decoding: bytes)
                        if message.kind == deadlyMessage { kill(getpid(), SIGKILL) }
                        events.append(.received(message))
                    } catch {
                        logger.warning("refused a message of the coordinator: \(error)")
                    }
                }
            }
            while let event = try controlConnector.next(control.socket) {
                if event == .connected { hasConnection = true }
                if let obstacle = diagnosis.note(event) { logger.error("\(obstacle)") }
                if event == .connected, let distrust = endpoint.distrust() { return .refused(distrust) }
            }
            while let event = try dataConnector.next(data.socket) {
                guard event == .connected else { continue }
                hasDataConnection = true
                // The rest of a message of which the beginning is lost is of no use.
                data.forget([])
                files.sendAgain()
                events.append(.dataConnected)
            }
            try receiveFiles()
            sayWhatIsInTheWay()
            events.append(.tick)
            for event in events {
                for effect in core.handle(event, at: now) {
                    if let departure = try carryOut(effect, compute) { return departure }
                }
            }
            // What comes back of earlier work must not be taken for work of the coordinator that is there then.
            if core.id == nil, core.isIdle, now - lastAsked >= .seconds(1) {
                lastAsked = now
                if !isThere() { return .moved }
            }
            for (number, request) in core.id == nil ? [] : files.takeUnsent() {
                _ = try data.send(WorkerMessage.file(number: number, request), sender: core.sender)
            }
            _ = try control.flush()
            _ = try data.flush()
        }
    }

    private mutating func sayWhatIsInTheWay() {
        guard !hasConnection, now >= nextWord else { return }
        nextWord = now + Self.moreWords
        DispatchQueue.global().async { [endpoint, logger] in logger.warning("\(endpoint.obstacle())") }
    }

    /// Nothing but answers about files comes over the data connection.
    private mutating func receiveFiles() throws(ZeroMQError) {
        while let incoming = try data.receive() {
            guard case .message(_, _, let bytes, _) = incoming else { continue }
            do throws(ByteError) {
                let message = try CoordinatorMessage(decoding: bytes)
                if message.kind == deadlyMessage { kill(getpid(), SIGKILL) }
                if case .file(let number, let reply) = message { files.received(number, reply) }
            } catch {
                logger.warning("refused a message of the coordinator: \(error)")
            }
        }
    }

    private mutating func carryOut(
        _ effect: Worker.Effect, _ compute: (Worker.Effect) -> Void
    ) throws(ZeroMQError) -> Worker.Departure? {
        switch effect {
        case .send(let message):
            if message.isData {
                _ = try data.send(message, sender: core.sender)
            } else if message.kind != .hello || hasDataConnection {
                try sendControl(message)
            }
        case .configure(let welcome):
            control.run = welcome.run
            data.run = welcome.run
            files.open()
            compute(effect)
        case .reset:
            control.run = 0
            data.run = 0
            data.forget([])
            files.close()
            compute(effect)
        case .perform, .assign, .release, .answer, .closeFit, .recompute: compute(effect)
        case .leave(let departure):
            files.close()
            return departure
        case .report(let report): log(report)
        }
        return nil
    }

    /// Control messages are about now: one that cannot go out at once is worth nothing later.
    private mutating func sendControl(_ message: WorkerMessage) throws(ZeroMQError) {
        _ = try control.send(message, sender: core.sender)
        if control.hasWaiting {
            control.forget([])
        }
    }

    private func log(_ report: Worker.Report) {
        switch report {
        case .lookingForCoordinator: logger.info("looking for the coordinator")
        case .registered(let worker): logger.info("registered as \(worker)")
        case .coordinatorLost: logger.warning("the coordinator does not know this worker any more: registering again")
        }
    }
}
