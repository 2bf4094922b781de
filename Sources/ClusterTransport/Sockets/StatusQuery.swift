import Bytes
package import ClusterProtocol
package import ZeroMQ

/// Asks a running coordinator how its run goes. Whoever asks takes no part in the run.
package enum StatusQuery {
    package enum Problem: Error, Sendable, CustomStringConvertible {
        case noAnswer(Endpoint, after: Duration)
        /// It is there and does not let this process in.
        case shutOut(String)
        case refused(String)
        case runIsOver
        case keys(KeyFolder.Problem)
        case sockets(ZeroMQError)

        package var description: String {
            switch self {
            case .noAnswer(let endpoint, let time):
                "nobody answers at \(endpoint) within \(time.components.seconds) s: no run is going on there, or it is out of "
                    + "reach"
            case .shutOut(let why): why
            case .refused(let reason): "the coordinator refused to answer: \(reason)"
            case .runIsOver: "the run is over"
            case .keys(let problem): "\(problem)"
            case .sockets(let error): "\(error)"
            }
        }
    }

    /// Connects, asks, and waits for the answer.
    ///
    /// - Parameters:
    ///   - keys: a folder of keys, and whose of them to use; nil without.
    ///   - timeout: how long it is waited for.
    package static func ask(
        _ endpoint: Endpoint, keys: (folder: KeyFolder, name: String?)?, timeout: Duration
    ) throws(Problem) -> ClusterStatus {
        let credentials: Credentials?
        do throws(KeyFolder.Problem) {
            credentials = if let keys { try keys.folder.credentials(named: keys.name) } else { nil }
        } catch {
            throw .keys(error)
        }
        do {
            return try ask(endpoint, credentials, timeout)
        } catch let problem as Problem {
            throw problem
        } catch let error as ZeroMQError {
            throw .sockets(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private static func ask(
        _ endpoint: Endpoint, _ credentials: Credentials?, _ timeout: Duration
    ) throws -> ClusterStatus {
        let context = try Context()
        var options = SocketOptions()
        options.largestPart = Frame.chunkSize + Frame.headerSize
        options.curve = credentials?.curve
        options.isIPv6 = endpoint.isIPv6
        let socket = try Socket(.dealer, context: context, options: options)
        let monitor = try ConnectionMonitor(socket, context: context)
        try socket.connect(endpoint.address)
        var control = MessagePort(socket: socket, isRouter: false, run: 0)
        var diagnosis = ConnectionDiagnosis(endpoint: endpoint, credentials: credentials)
        let wakeUp = try WakeUp()
        let deadline = ContinuousClock.now + timeout
        _ = try control.send(WorkerMessage.askStatus, sender: nil)
        while ContinuousClock.now < deadline {
            try poll(control.socket, monitor.events, wakeUp, timeout: .milliseconds(50))
            _ = try control.flush()
            while let event = try monitor.next() {
                if let obstacle = diagnosis.note(event) { throw Problem.shutOut(obstacle) }
            }
            while let incoming = try control.receive() {
                switch incoming {
                case .refused(_, let error): throw Problem.refused("\(error)")
                case .message(_, _, let bytes, _):
                    switch try CoordinatorMessage(decoding: bytes) {
                    case .status(let status): return status
                    case .refused(let reason): throw Problem.refused(reason)
                    case .stop: throw Problem.runIsOver
                    default: continue
                    }
                }
            }
        }
        if let suspicion = diagnosis.suspicion { throw Problem.shutOut(suspicion) }
        throw Problem.noAnswer(endpoint, after: timeout)
    }
}
