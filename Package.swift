// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of this package is compiled with; there are no exceptions.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A Swift library in the room at `path`; arrows point one way, as docs/architecture.md draws them.
func room(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/" + path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/" + name, swiftSettings: strict)
}

let package = Package(
  name: "periplus",
  products: [
    .executable(name: "periplus", targets: ["CoordinatorMain"]),
    .executable(name: "periplus-agent", targets: ["AgentMain"]),
  ],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
    .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
  ],
  targets: [
    // Shared: what both programs know.
    room("Model", "Shared/Model", []),
    room("Wire", "Shared/Wire", ["Model"]),
    room("Listing", "Shared/Listing", ["Model"]),
    room("LocalSystem", "Shared/LocalSystem", ["Model"]),
    .systemLibrary(name: "CZlib", path: "Sources/Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // libcurl's headers, but not libcurl, which is loaded when a client is made (Sources/Shared/CCurl/CCurl.c).
    .target(name: "CCurl", path: "Sources/Shared/CCurl"),
    room("Gzip", "Shared/Gzip", ["CZlib"]),
    room("Curl", "Shared/Curl", ["Wire", "CCurl", "Gzip"]),

    // The agent.
    .target(name: "CLinux", path: "Sources/Agent/CLinux"),
    room("LinuxSystem", "Agent/LinuxSystem", ["CLinux"]),
    room("ProbeTiming", "Agent/ProbeTiming", []),
    room("ScanEngine", "Agent/ScanEngine", ["Model", "LinuxSystem", "CLinux", "ProbeTiming"]),
    .systemLibrary(
      name: "COpenSSL", path: "Sources/Agent/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    room("Identification", "Agent/Identification", ["Model", "LinuxSystem", "CLinux", "ProbeTiming", "COpenSSL"]),
    room("SocketFilter", "Agent/SocketFilter", ["Model"]),
    room("SocketInventory", "Agent/SocketInventory", ["Model", "SocketFilter", "LinuxSystem", "CLinux"]),
    room(
      "FreePorts", "Agent/FreePorts",
      ["Model", "LocalSystem", "SocketFilter", "SocketInventory", "LinuxSystem", "CLinux"]),
    room(
      "ScanReporting", "Agent/ScanReporting",
      ["Model", "Listing", "LocalSystem", "Gzip", "LinuxSystem", "ScanEngine"]),
    room("Spool", "Agent/Spool", ["Model", "Gzip", "LinuxSystem"]),
    room("Worker", "Agent/Worker", ["Model", "Wire"]),
    room("InventoryService", "Agent/InventoryService", ["Worker", "Wire", "LinuxSystem", "CLinux"]),
    .executableTarget(
      name: "AgentMain",
      dependencies: [
        "Model", "Wire", "Listing", "LocalSystem", "Curl", "LinuxSystem", "ScanEngine", "ScanReporting",
        "Identification", "SocketFilter", "SocketInventory", "FreePorts", "InventoryService", "Worker", "Spool", "Gzip",
        argumentParser,
      ],
      path: "Sources/Agent/Main", swiftSettings: strict),

    // The coordinator.
    room("Schedules", "Coordinator/Schedules", ["Model"]),
    room("CoordinatorCore", "Coordinator/Core", ["Model"]),
    room("CoordinatorTrust", "Coordinator/Trust", ["CoordinatorCore", crypto]),
    room("CoordinatorStore", "Coordinator/Store", ["Model", "CoordinatorCore", grdb, grdbSQLite]),
    room(
      "CoordinatorServices", "Coordinator/Services",
      ["Model", "Schedules", "CoordinatorCore", "CoordinatorTrust", lifecycle, logging, deque]),
    room(
      "CoordinatorHTTP", "Coordinator/HTTP",
      [
        "Model", "Wire", "Listing", "Gzip", "Schedules", "Report", "CoordinatorCore", "CoordinatorServices",
        "CoordinatorTrust", hummingbird, lifecycle,
        httpTypes, logging, nioCore,
      ]),
    room(
      "Delivery", "Coordinator/Delivery",
      ["Model", "Listing", "LocalSystem", "Curl", "CoordinatorCore", "CoordinatorTrust"]),
    .systemLibrary(
      name: "CExpat", path: "Sources/Coordinator/CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    room("Import", "Coordinator/Import", ["Model", "Listing", "CExpat"]),
    room("Report", "Coordinator/Report", ["Model", "Wire", "Listing", "LocalSystem", crypto]),
    room(
      "CoordinatorCLI", "Coordinator/CLI",
      [
        "Model", "Wire", "Listing", "LocalSystem", "Curl", "Schedules", "Report", "Import", argumentParser, crypto,
        yams,
      ]),
    .executableTarget(
      name: "CoordinatorMain",
      dependencies: [
        "Model", "Wire", "Listing", "LocalSystem", "Curl", "Schedules", "CoordinatorCore", "CoordinatorTrust",
        "CoordinatorStore",
        "CoordinatorServices", "CoordinatorHTTP", "CoordinatorCLI", "Report", "Delivery", argumentParser, hummingbird,
        hummingbirdCore,
        hummingbirdTLS, lifecycle, logging, nioCore, nioPosix, nioSSL, unixSignals,
      ],
      path: "Sources/Coordinator/Main", swiftSettings: strict),

    // Plays a fleet of agents for Benchmarks/fleet.py; no product.
    .executableTarget(
      name: "FleetLoad", dependencies: ["Model", "Wire", "Gzip", argumentParser, nioCore, nioPosix, nioSSL],
      path: "Benchmarks/FleetLoad", swiftSettings: strict),

    // Tests: one target a room.
    .target(name: "SeededRandom", path: "Tests/Support/Random", swiftSettings: strict),
    tests("ModelTests", ["SeededRandom", "Model"]),
    .target(
      name: "WorkerSupport", dependencies: ["Worker", "Wire", "Model"], path: "Tests/Support/Worker",
      swiftSettings: strict),
    .target(
      name: "QueryPlans", dependencies: ["CoordinatorStore", grdb], path: "Tests/Support/QueryPlans",
      swiftSettings: strict),
    tests("WorkerTests", ["SeededRandom", "Worker", "WorkerSupport", "Wire", "Model"]),
    tests("SpoolTests", ["SeededRandom", "Spool", "LinuxSystem", "Model"]),
    tests("SchedulesTests", ["SeededRandom", "Schedules", "Model"]),
    tests("CoordinatorCoreTests", ["SeededRandom", "CoordinatorCore", "Model"]),
    tests(
      "CoordinatorStoreTests",
      ["SeededRandom", "QueryPlans", "CoordinatorStore", "CoordinatorCore", "Model", grdb]),
    tests(
      "CoordinatorServicesTests",
      [
        "SeededRandom", "QueryPlans", "Schedules", "CoordinatorServices", "CoordinatorStore", "CoordinatorCore",
        "CoordinatorTrust", "Model", lifecycle,
      ]),
    tests(
      "SimulationTests",
      ["SeededRandom", "QueryPlans", "CoordinatorServices", "CoordinatorStore", "CoordinatorCore", "Model"]),
    tests(
      "CoordinatorHTTPTests",
      [
        "SeededRandom", "QueryPlans",
        "CoordinatorHTTP", "CoordinatorServices", "CoordinatorStore", "CoordinatorCore", "Worker", "Wire", "Gzip",
        "Model", hummingbird, hummingbirdTesting, lifecycle, nioCore, httpTypes,
      ]),
    tests("DeliveryTests", ["SeededRandom", "Delivery", "CoordinatorCore", "CoordinatorTrust", "Curl", "Model"]),
    tests("ImportTests", ["Import", "Model"]),
    tests("ReportTests", ["Report", "Wire", "Model", crypto]),
    tests("CoordinatorCLITests", ["CoordinatorCLI", "Report", "Wire", "Listing", "Model", argumentParser]),
    tests("ProbeTimingTests", ["ProbeTiming"]),
    tests(
      "ScanEngineTests",
      ["ScanEngine", "ProbeTiming", "SocketFilter", "SocketInventory", "LinuxSystem", "CLinux", "Model"]),
    tests("IdentificationTests", ["SeededRandom", "Identification", "LinuxSystem", "CLinux", "COpenSSL", "Model"]),
    tests("LinuxSystemTests", ["LinuxSystem"]),
    tests("SocketFilterTests", ["SocketFilter", "Model"]),
    tests("SocketInventoryTests", ["SocketInventory", "SocketFilter", "LinuxSystem", "CLinux", "Model"]),
    tests("InventoryServiceTests", ["InventoryService", "Worker", "Wire", "LinuxSystem", "Model"]),
    tests("FreePortsTests", ["FreePorts", "SocketFilter", "SocketInventory", "LinuxSystem", "Model"]),
    tests("LocalSystemTests", ["LocalSystem", "Model"]),
    tests("ListingTests", ["Listing", "Model"]),
    tests("ScanReportingTests", ["ScanReporting", "ScanEngine", "Listing", "LocalSystem", "Model"]),
    tests(
      "AgentMainTests",
      [
        "AgentMain", "FreePorts", "Identification", "InventoryService", "LinuxSystem", "Listing", "Model", "ScanEngine",
        "ScanReporting", "SocketFilter", "SocketInventory", "Spool", "Wire", "Worker", "WorkerSupport", argumentParser,
      ]),
    tests("GzipTests", ["Gzip"]),
    tests("CurlTests", ["Curl", "Wire"]),
  ]
)
