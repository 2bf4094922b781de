import Foundation
import Testing

/// A cluster over TCP with keys: real processes, and others that knock.
@Suite(.serialized) struct KeyTests {
    fileprivate let folder: SampleFolder
    private let port: UInt16
    fileprivate var endpoint: String { "tcp://127.0.0.1:\(port)" }

    init() throws {
        folder = try SampleFolder()
        port = try Network.freePort()
        let (code, text) = try RunningProgram.run(["keys", folder.path("keys"), "lab", "cloud"])
        try #require(code == 0, "\(text)")
    }

    private func coordinator(minWorkers: Int) throws -> RunningProgram {
        let program = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--keys", folder.path("keys"), "--min-workers",
            "\(minWorkers)", "--output", folder.path("out"), "--verbose",
        ])
        try program.read(until: "listening")
        return program
    }

    private func worker(_ name: String?, keys: String = "keys") throws -> RunningProgram {
        try RunningProgram(
            ["worker", "--connect", endpoint, "--threads", "1"]
                + (name.map { ["--keys", folder.path(keys), "--name", $0] } ?? ["--insecure"]))
    }

    /// A stranger with a key of its own, one without any, and a thousand that never say a word.
    @Test func strangersHaveNoPartInIt() throws {
        let expected = try folder.undisturbed()
        _ = try RunningProgram.run(["keys", folder.path("others"), "lab"])
        try FileManager.default.removeItem(atPath: folder.path("others/coordinator.public"))
        try FileManager.default.copyItem(
            atPath: folder.path("keys/coordinator.public"), toPath: folder.path("others/coordinator.public"))

        let coordinator = try coordinator(minWorkers: 1)
        let halfOpen = HalfOpenConnections(1000, port: port)
        #expect(halfOpen.count == 1000)
        let stranger = try worker("lab", keys: "others")
        let plain = try worker(nil)
        try coordinator.read(until: "turned away a connection with a key that is not in allowed/")
        let lab = try worker("lab")
        let (code, text) = coordinator.finish()
        #expect(code == 0, "\(text)")
        #expect(lab.finish().code == 0)
        #expect(try folder.hashes("out") == expected)
        for program in [stranger, plain] {
            program.send(SIGTERM)
            let (_, said) = program.finish()
            #expect(!said.contains("registered as"), "\(said)")
        }
    }

    @Test func whoseKeyIsTakenAwayIsShutOutAtOnce() throws {
        let expected = try folder.undisturbed()
        let coordinator = try coordinator(minWorkers: 2)
        let lab = try worker("lab")
        let cloud = try worker("cloud")
        try coordinator.read(until: "Gathering events")
        try FileManager.default.removeItem(atPath: folder.path("keys/allowed/cloud.public"))
        let (code, text) = coordinator.finish()
        #expect(code == 0 && text.contains("its key is no longer"), "\(text)")
        let (shutOut, said) = cloud.finish()
        #expect(shutOut == 1 && said.contains("its key is no longer admitted"), "\(said)")
        #expect(lab.finish().code == 0)
        #expect(try folder.hashes("out") == expected)
    }

    @Test func secretsThatOthersCanReadAreRefused() throws {
        let secret = folder.path("keys/coordinator.secret")
        // Also where root is who reads root's own.
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: secret)
        let wide = try RunningProgram.run([
            "coordinator", folder.instance, "--listen", endpoint, "--keys", folder.path("keys"),
        ])
        #expect(wide.code == 2 && wide.output.contains("chmod 600"), "\(wide.output)")
        let bare = try RunningProgram.run(["coordinator", folder.instance, "--listen", "tcp://0.0.0.0:\(port)"])
        #expect(bare.code == 2 && bare.output.contains("--keys DIR"), "\(bare.output)")
        let which = try RunningProgram.run(["worker", "--connect", endpoint, "--keys", folder.path("keys")])
        #expect(which.code == 2 && which.output.contains("has keys of cloud, lab"), "\(which.output)")
    }
}

extension KeyTests {
    /// As orchestrators hand secrets to those who are not root: root's, and their group's.
    @Test(.enabled(if: RunningProgram.isRoot)) func aSecretMayBeOfTheGroupWhereItIsRoots() throws {
        let keys = folder.path("keys")
        func worker(_ mode: Int) throws -> String {
            for name in ["", "lab.secret", "coordinator.public"] {
                guard chown("\(keys)/\(name)", 0, 65534) == 0,
                    chmod("\(keys)/\(name)", name.isEmpty ? 0o750 : mode_t(mode)) == 0
                else { throw POSIXError(.EPERM) }
            }
            return try RunningProgram(
                [
                    "--reuid=65533", "--regid=65534", "--clear-groups", RunningProgram.file.path, "worker", "--connect",
                    endpoint, "--keys", keys, "--name", "lab", "--patience", "1",
                ], program: "/usr/bin/setpriv"
            ).finish().output
        }
        chmod(folder.url.path, 0o755)
        #expect(try worker(0o640).contains("no coordinator was there"))
        for mode in [0o644, 0o660] { #expect(try worker(mode).contains("a secret that others can read")) }
    }

    /// Another user's, and there: it is not missing.
    @Test(.enabled(if: RunningProgram.isRoot)) func aFolderThatCannotBeReadIsNotMissing() throws {
        for arguments in [
            ["worker", "--connect", endpoint], ["worker", "--connect", endpoint, "--name", "lab"],
            ["coordinator", folder.instance, "--listen", endpoint],
        ] {
            let (code, text) = try RunningProgram.asNobody(arguments + ["--keys", folder.path("keys")])
            #expect(code == 2 && text.contains("cannot be read: Permission denied"), "\(text)")
            #expect(!text.contains("there is no key"), "\(text)")
        }
        let missing = try RunningProgram.run(["worker", "--connect", endpoint, "--keys", folder.path("none")])
        #expect(missing.code == 2 && missing.output.contains("there is no key"), "\(missing.output)")
    }
}

/// TCP connections to a port of this machine over which nothing is ever said.
private final class HalfOpenConnections {
    private var descriptors: [Int32] = []
    var count: Int { descriptors.count }

    init(_ wanted: Int, port: UInt16) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        for _ in 0..<wanted {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if connected == 0 { descriptors.append(descriptor) } else { close(descriptor) }
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
