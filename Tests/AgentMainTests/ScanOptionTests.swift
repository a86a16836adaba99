import ArgumentParser
import Listing
import Model
import ScanEngine
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
    #expect(scan.timing == .aggressive)
    #expect(scan.targetOptions.targets == ["10.0.0.0/24"])
    #expect(scan.targetOptions.listFiles == ["list"])
    #expect(scan.format == .ndjson)
    #expect(scan.onlyOpen)
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
      ["-sU"], ["-sS"], ["-sn"], ["-oX", "f"], ["-oG", "f"], ["--resume", "f"], ["-6"], ["--udp"], ["-R"],
    ])
  func unavailable(arguments: [String]) throws {
    let command = try #require(try PeriplusAgent.parseAsRoot(["scan", "::1"] + arguments) as? Scan)
    let failure = #expect(throws: CommandFailure.self) { try command.unavailable.refuse() }
    #expect(failure?.exitCode == 64)
    #expect(failure?.message.hasPrefix("\(arguments[0]) is not available yet") == true)
  }

  @Test("Flags of sockets can be written together, and what is not built yet is refused")
  func socketFlags() throws {
    let sockets = try sockets("-tulnp")
    #expect(sockets.tcp && sockets.udp && sockets.listening && sockets.numeric && sockets.processes)
    try sockets.unavailable.refuse()
    for arguments in [["-i:80"], ["-x"], ["-s"], ["state", "listening"], ["--watch"]] {
      let command = try #require(try PeriplusAgent.parseAsRoot(["sockets"] + arguments) as? Sockets)
      #expect(throws: CommandFailure.self) { try command.unavailable.refuse() }
    }
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

  @Test("A row has the contract's members in its order, null where nothing is known")
  func rows() throws {
    let host = try #require(HostAddress("fe80::1%e\"th"))
    var text = ScanRowText(names: .builtIn)
    func row(_ port: Port, _ state: EndpointState, _ reason: ProbeReason, _ roundTrip: Duration?) -> String {
      var bytes: [UInt8] = []
      let observation = Observation(
        blockIndex: 0, host: host, hostOffset: 0, portOffset: 0, port: ProtocolPort(.tcp, port), state: state,
        reason: reason, isSelf: false, roundTrip: roundTrip, observedAt: 0, tries: 1)
      text.append(observation, to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    #expect(
      row(22, .open, .synAck, .microseconds(1234))
        == #"{"address":"fe80::1%e\"th","protocol":"tcp","port":22,"state":"open","reason":"syn-ack","#
        + #""rttMicroseconds":1234,"service":"ssh","product":null,"version":null,"banner":null}"#)
    #expect(
      row(65_535, .filtered, .noResponse, nil)
        == #"{"address":"fe80::1%e\"th","protocol":"tcp","port":65535,"state":"filtered","reason":"no-response","#
        + #""rttMicroseconds":null,"service":null,"product":null,"version":null,"banner":null}"#)
  }
}
