// swift-tools-version: 6.1
import PackageDescription

/// Apache Arrow C++, put there by scripts/setup: a link to the system's, or the libraries of PyPI's pyarrow wheel.
let arrow = Context.environment["ARROW_PREFIX"] ?? "\(Context.packageDirectory)/.deps/arrow"

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// NATIVE=1 builds the fast rooms for this very machine instead of any x86-64 or arm64. Results are the same bits.
let native: [SwiftSetting] =
    Context.environment["NATIVE"] == "1" ? [.unsafeFlags(["-Xcc", "-march=native"])] : []

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A room whose loops make up the run time: optimised in debug builds too, so that tests on real data take seconds.
func fastRoom(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + native + [.unsafeFlags(["-O"], .when(configuration: .debug))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "propensity",
    products: [.executable(name: "propensity", targets: ["propensity"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CPrefetch"),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "ArrowBridge",
            cxxSettings: [.unsafeFlags(["-isystem", "\(arrow)/include"])],
            linkerSettings: [
                .unsafeFlags(["-L\(arrow)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(arrow)/lib"]),
                .linkedLibrary("parquet"), .linkedLibrary("arrow_compute"), .linkedLibrary("arrow"),
            ]),
        fastRoom("Bytes", ["CZstd"]),
        room("ZeroMQ", ["CZeroMQ"]),
        fastRoom("Tables", ["ArrowBridge", "Bytes"]),
        fastRoom("Learning", ["Bytes", "CPrefetch"]),
        fastRoom("InstanceFile", ["Tables", "Bytes", "Learning", .product(name: "Yams", package: "Yams")]),
        fastRoom("Events", ["InstanceFile", "Tables", "Bytes"]),
        fastRoom("Features", ["Events", "InstanceFile", "Tables", "Bytes"]),
        fastRoom("Readiness", ["Features", "Events", "InstanceFile", "Tables", "Bytes"]),
        fastRoom("Scoring", ["Learning", "InstanceFile", "Tables", "Bytes"]),
        room("RunOutputs", ["Readiness", "Learning", "InstanceFile"]),
        // Templates within the program, which stays one file that runs anywhere.
        .target(
            name: "Reporting",
            dependencies: [
                "RunOutputs", "Readiness", "InstanceFile", "Tables",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            exclude: ["report.png"],
            resources: [.embedInCode("Templates")], swiftSettings: strict),
        fastRoom("ClusterProtocol", ["Bytes"]),
        fastRoom("ClusterCore", ["ClusterProtocol", "Bytes"]),
        fastRoom("DistributedLearning", ["ClusterCore", "ClusterProtocol", "Learning", "Bytes"]),
        fastRoom("ClusterSimulation", ["DistributedLearning", "ClusterCore", "ClusterProtocol", "Learning", "Bytes"]),
        room(
            "ClusterTransport",
            [
                "ClusterCore", "ClusterProtocol", "ZeroMQ", "Bytes", "CLinux",
                .product(name: "Logging", package: "swift-log"),
            ]),
        room(
            "Pipeline",
            [
                "ClusterTransport", "DistributedLearning", "ClusterCore", "ClusterProtocol", "ZeroMQ", "InstanceFile",
                "Events", "Features",
                "Readiness", "Learning", "Scoring", "RunOutputs", "Reporting", "Tables", "Bytes", "CLinux", "CSodium",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "propensity",
            dependencies: [
                "Pipeline", "ClusterTransport", "ClusterCore", "ClusterProtocol", "ClusterSimulation", "CLinux",
                "InstanceFile", "Events", "Features", "Readiness", "RunOutputs", "Reporting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("Sample")],
            swiftSettings: strict),
        // Not a product: what scripts/bench learning drives.
        .executableTarget(
            name: "learning-bench",
            dependencies: [
                "ClusterTransport", "Pipeline", "Scoring", "Learning", "Bytes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/LearningBench", swiftSettings: strict),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        // What tests of events and features share: made events, and features by their naive definition.
        .target(
            name: "EventFixtures",
            dependencies: ["Bytes", "Events", "Features", "InstanceFile", "Readiness", "Tables", "TestSupport"],
            path: "Tests/EventFixtures", swiftSettings: strict),
        tests("Bytes"),
        tests("ZeroMQ", ["TestSupport"]),
        tests("Tables", ["Bytes", "TestSupport"], exclude: ["Fixtures"]),
        tests("Learning", ["Bytes", "TestSupport"]),
        tests("InstanceFile", ["EventFixtures", "Learning", "Tables", "TestSupport"]),
        tests("Events", ["EventFixtures", "Features", "Readiness", "InstanceFile", "Tables", "Bytes", "TestSupport"]),
        tests("Features", ["EventFixtures", "Events", "InstanceFile", "Readiness", "Tables", "Bytes", "TestSupport"]),
        tests("Readiness", ["EventFixtures", "Features", "Events", "InstanceFile", "Tables", "Bytes", "TestSupport"]),
        tests("Scoring", ["InstanceFile", "Learning", "Tables", "Bytes", "TestSupport"]),
        tests("Reporting", ["RunOutputs", "TestSupport"]),
        tests("ClusterProtocol", ["Bytes"]),
        tests("ClusterCore", ["DistributedLearning", "ClusterProtocol", "Learning", "Bytes"]),
        tests("ClusterSimulation", ["ClusterCore"]),
        tests("ClusterTransport", ["TestSupport"]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Bytes", "ClusterCore", "ClusterProtocol", "DistributedLearning", "ClusterTransport", "Pipeline",
                "InstanceFile",
                "Events", "Features", "Readiness", "Scoring", "Learning", "Tables", "TestSupport",
            ],
            exclude: ["Corpus"], swiftSettings: strict),
        tests(
            "Pipeline",
            [
                "propensity", "Bytes", "ClusterCore", "ClusterProtocol", "ClusterTransport", "InstanceFile", "Events",
                "Features", "Readiness", "Scoring", "Learning", "Tables", "TestSupport", "ZeroMQ",
            ]),
    ],
    cxxLanguageStandard: .cxx20
)
