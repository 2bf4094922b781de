import ClusterCore
import ClusterProtocol
import Logging
import ZeroMQ

extension CoordinatorLoop {
    /// Lets a worker take part, or says why it may not.
    mutating func register(_ peer: MessagePort.Peer, _ hello: Hello, user: String?) throws(ZeroMQError) {
        // Who does not read has been told, whatever it was.
        guard !port.isWaiting(for: peer) else { return }
        if isOver { return try tell(peer, .stop) }
        let name = user.flatMap { keys?.name(of: $0) }
        let origin = Quarantine.Origin(name: name, process: "\(hello.host) \(hello.process)")
        if let remaining = quarantine.remaining(for: origin, at: inbox.now) {
            let seconds = remaining.components.seconds + 1
            return try tell(
                peer, .refused(reason: "it was expelled for what it sent; it may come again in \(seconds) s"))
        }
        if let refusal = invitation.objection(to: hello) {
            let (doing, remedy) = invitation.admitsAnyBuild ? ("admitted", "") : ("turned away", Self.buildRemedy)
            let host = ClusterHistory.printable(hello.host)
            buildsNamed += 1
            if buildsNamed <= Limit.buildsNamed { logger.warning("\(doing) a worker on \(host): \(refusal + remedy)") }
            if !invitation.admitsAnyBuild {
                try tell(peer, .refused(reason: refusal + remedy))
                return put(.refused(.build("\(host): \(refusal + remedy)")))
            }
        }
        // A worker that registers once more on the same connection has lost its state.
        if let earlier = workers[peer] { lose(earlier, .registeredAgain) }
        let worker = WorkerID(nextWorker)
        nextWorker += 1
        let welcome = Welcome(
            worker: worker, run: port.run, instanceText: invitation.instanceText,
            instanceFile: invitation.instanceFile,
            baseDirectory: invitation.baseDirectory, workspace: invitation.workspace, nonce: invitation.nonce,
            objects: invitation.objects, keepsShards: invitation.keepsShards)
        guard try port.send(CoordinatorMessage.welcome(welcome), to: peer, sender: worker) else { return }
        registered[worker] = Registered(peer: peer, user: user)
        origins[worker] = origin
        workers[peer] = worker
        put(.joined(worker, hello, name: name))
    }

    private static let buildRemedy =
        ": copy the same program to all machines, or start the coordinator with --any-build"
}

/// What a worker is told when it registers, but for its number.
package struct Invitation: Sendable {
    package var instanceText: String
    package var instanceFile: String
    package var baseDirectory: String
    package var workspace: String
    /// What stands in the workspace's `Welcome.proof`.
    package var nonce: UInt64 = 0
    /// See `Welcome`.
    package var objects = ""
    package var keepsShards = false
    /// The product's version, for messages.
    var version: String
    /// Which build of the program the coordinator is, where it is known.
    package var build: UInt64?
    package var admitsAnyBuild = false

    package init(
        instanceText: String, instanceFile: String, baseDirectory: String, workspace: String, version: String
    ) {
        self.instanceText = instanceText
        self.instanceFile = instanceFile
        self.baseDirectory = baseDirectory
        self.workspace = workspace
        self.version = version
    }

    /// Why somebody may compute other bytes; nil of the same build.
    func objection(to hello: Hello) -> String? {
        guard let build, hello.build != build else { return nil }
        return "it is another build of propensity (version \(ClusterHistory.printable(hello.version)), build "
            + "\(String(hello.build, radix: 16))) than the coordinator's (version \(version), build "
            + "\(String(build, radix: 16))), and may compute other bytes"
    }
}
