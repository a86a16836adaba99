import ArgumentParser
import Listing
import Model
import ScanEngine
import SocketFilter
import SocketInventory
import Testing

@testable import AgentMain

@Suite("Options and rows of scan and sockets")
struct ScanOptionTests {
  private func scan(_ arguments: String...) throws -> Scan {
    try #require(try PeriplusAgent.parseAsRoot(NmapSpelling.rewritten(["scan"] + arguments)) as? Scan)
  }

  private func sockets(_ arguments: String...) throws -> Sockets {
    try #require(try PeriplusAgent.parseAsRoot(NmapSpelling.rewritten(["sockets"] + arguments)) as? Sockets)
  }

  @Test("Options are read as nmap's users type them")
  func nmapSpelling() throws {
    let scan = try scan(
      "-sT", "-Pn", "-n", "-T4", "-p-", "10.0.0.0/24", "-iL", "list", "--exclude", "10.0.0.1", "-o", "ndjson", "--open")
    #expect(scan.ports == "-")
    #expect(scan.paceOptions.timing == .aggressive)
    #expect(scan.targetOptions.targets == ["10.0.0.0/24"])
    #expect(scan.targetOptions.listFiles == ["list"])
    #expect(scan.outputOptions.format == .ndjson)
    #expect(scan.outputOptions.onlyOpen)
    #expect(try self.scan("-p", "-100", "::1").ports == "-100")
    #expect(try self.scan("-p22,80", "::1").ports == "22,80")
    #expect(throws: (any Error).self) { try self.scan("-T6", "::1") }
  }

  @Test("Both spellings of identification are taken", arguments: ["-sV", "--identify"])
  func identification(flag: String) throws {
    #expect(try scan(flag, "::1").identifies)
    #expect(try !scan("::1").identifies)
  }

  @Test(
    "What is not built yet is refused by its name",
    arguments: [
      ["-sS"]
    ])
  func unavailable(arguments: [String]) throws {
    let command = try #require(try PeriplusAgent.parseAsRoot(["scan", "::1"] + arguments) as? Scan)
    let failure = #expect(throws: CommandFailure.self) { try command.unavailable.refuse() }
    #expect(failure?.exitCode == 64)
    #expect(failure?.message.hasPrefix("\(arguments[0]) is not available yet") == true)
  }

  @Test("Flags of sockets can be written together, and what destroys is refused")
  func socketFlags() throws {
    let command = try sockets("-tulnp")
    let sockets = command.selection
    #expect(sockets.tcp && sockets.udp && sockets.listening && sockets.numeric && sockets.processes)
    try command.unavailable.refuse()
    let arguments = ["sockets", "-tuwSxa", "--udplite", "--watch", "--every", "500ms", "--all-namespaces"]
    let every = try #require(try PeriplusAgent.parseAsRoot(arguments) as? Sockets)
    #expect(every.selection.choice.protocols == Set(SocketProtocol.allCases))
    #expect(every.watch && every.interval?.duration == .milliseconds(500))
    let query = try every.selection.choice.query(isSummary: false, isCounting: false, showsProcesses: false)
    #expect(query.spansNamespaces && query.states == .shownWithAll)
    let closing = try #require(try PeriplusAgent.parseAsRoot(["sockets", "-K"]) as? Sockets)
    #expect(throws: CommandFailure.self) { try closing.unavailable.refuse() }
  }

  @Test(
    "Durations are a number and a unit, seconds without one",
    arguments: [
      ("500ms", .milliseconds(500)), ("2", .seconds(2)), ("2s", .seconds(2)), ("15m", .seconds(900)),
      ("8h", .seconds(28_800)), ("7d", .seconds(604_800)), ("", nil), ("0", nil), ("-1s", nil), ("1.5s", nil),
      ("5x", nil), ("s", nil), ("999999999999999999999s", nil), ("400d", nil),
    ] as [(String, Duration?)])
  func durations(text: String, expected: Duration?) {
    #expect(DurationArgument(argument: text)?.duration == expected)
  }

  @Test("Every template is a pace that the engine takes, and each is faster than the one before")
  func templates() {
    let paces = TimingTemplate.allCases.map(\.pace)
    for (slower, faster) in zip(paces, paces.dropFirst()) {
      #expect(min(slower.maxInFlightPerHost, slower.maxInFlight) <= min(faster.maxInFlightPerHost, faster.maxInFlight))
      #expect(slower.timeout >= faster.timeout)
      #expect(slower.probesPerSecond ?? .max <= faster.probesPerSecond ?? .max)
    }
  }

  @Test("The slow templates have nmap's distances, and their help says what holds")
  func spacings() {
    #expect(
      TimingTemplate.allCases.map(\.pace.spacing) == [.seconds(300), .seconds(15), .milliseconds(400), nil, nil, nil])
    #expect(TimingTemplate.allCases.prefix(3).allSatisfy { $0.pace.maxInFlight == 1 })
    #expect(TimingTemplate.explanation.contains("-T0: 1 in flight, 1 for a host, one start in 300s"))
  }

  @Test("Ascending order is asked for by -r, and remembered")
  func ascending() throws {
    #expect(try scan("-r", "::1").ascending && !scan("::1").ascending)
    #expect(try scan("-r", "::1").journalled["-r"] != nil)
  }

  @Test("Every option of the output and the pace is known")
  func outputAndPace() throws {
    let scan = try scan(
      "::1", "-sn", "-R", "-6", "-vv", "-oN", "a", "-oG", "b", "-oX", "-", "-oJ", "c", "-oA", "d", "--host-timeout",
      "5m",
      "--max-in-flight-per-host", "7", "--max-in-flight-per-network", "8", "--rate-per-host", "9",
      "--rate-per-network", "10", "--everything-open-limit", "0", "--resume", "j")
    #expect(scan.hostsAlone && scan.lookUpNames && scan.targetOptions.ipv6Names)
    #expect(scan.outputOptions.verbosity == 2)
    #expect(
      try scan.outputOptions.destinations().map(\.path) == ["a", "b", "-", "c", "d.nmap", "d.gnmap", "d.xml", "d.json"])
    let pace = try scan.paceOptions.pace()
    #expect(pace.hostTimeout == .seconds(300))
    #expect(pace.maxInFlightPerHost == 7)
    #expect(pace.maxInFlightPerNetwork == 8)
    #expect(pace.probesPerSecondPerHost == 9)
    #expect(pace.probesPerSecondPerNetwork == 10)
    #expect(pace.everythingOpenLimit == nil)
    #expect(scan.resumeFile == "j")
  }

  @Test(
    "Outputs that would meet in one place are refused",
    arguments: [["-oX", "-", "-oN", "-"], ["-oX", "f", "-oN", "f"], ["-oX", "-", "-o", "json"], ["-oA", "-"]])
  func outputsThatMeet(arguments: [String]) throws {
    let scan = try #require(try PeriplusAgent.parseAsRoot(["scan", "::1"] + arguments) as? Scan)
    let failure = #expect(throws: CommandFailure.self) { try scan.outputOptions.destinations() }
    #expect(failure?.exitCode == 64)
  }

  @Test("What a scan was told of its pace comes back from a journal, and what is given again wins")
  func paceIsRemembered() throws {
    let first = try scan("::1", "-T2", "--rate", "50", "--timeout", "1500ms", "--open").paceOptions.given
    #expect(first == ["-T": "2", "--rate": "50", "--timeout": "1500ms"])
    var second = try scan("--rate", "70", "--resume", "f").paceOptions
    second.adopt(first)
    #expect(second.timing == .polite)
    #expect(second.rate == 70)
    #expect(second.timeout?.duration == .milliseconds(1500))
  }
}
