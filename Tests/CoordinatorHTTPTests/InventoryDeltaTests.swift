import CoordinatorCore
import CoordinatorServices
import Foundation
import Gzip
import HTTPTypes
import Model
import SeededRandom
import Testing
import Wire
import Worker

@testable import CoordinatorHTTP

/// Both halves together: what an agent makes of its samples, over the wire's JSON, into the store.
@Suite(.timeLimit(.minutes(10))) struct InventoryDeltaTests {
  /// What a coordinator holds in the end.
  private struct Holdings: Equatable {
    let listeners: [ListenerRow]
    let ports: [PortRow]
    let hosts: [HostRow]
    let peers: PeerSummary?
  }

  /// How a report fares on its way.
  private enum Fate: CaseIterable {
    case arrives, isLost, answerIsLost, isRepeated, comesAgainLater
  }

  private static func listener(_ port: Int, pid: Int32, namespace: UInt64?) -> ListenerReport {
    ListenerReport(
      transport: port % 3 == 0 ? .udp : .tcp, address: port % 2 == 0 ? .ipv4Unspecified : .ipv6Unspecified,
      port: Port(UInt16(port)), interface: nil, isIPv6Only: false, uid: 0, user: "root", inode: UInt64(pid),
      processes: [ListeningProcess(pid: pid, name: "p\(pid)", parentPid: 1, commandLine: "p\(pid) --port \(port)")],
      ownerUnknownReason: nil, unit: nil, namespace: namespace, namespaceName: namespace.map { "/run/netns/\($0)" },
      container: nil, connections: port % 3 == 0 ? nil : Int(pid) - 1)
  }

  private static func sample(using generator: inout SeededGenerator) -> InventorySample {
    var listeners: [ListenerReport] = []
    for port in 1...8 {
      for namespace: UInt64? in [nil, 7] where Int.random(in: 0..<4, using: &generator) > 0 {
        listeners.append(listener(port, pid: .random(in: 1...2, using: &generator), namespace: namespace))
      }
    }
    let addresses = (1...4).filter { _ in Int.random(in: 0..<4, using: &generator) > 0 }.map { last in
      InterfaceAddressReport(
        interface: last == 4 ? "docker0" : "eth0", address: IPAddress(ipv4: 0x0a00_0000 + UInt32(last) * 256),
        prefixLength: .random(in: 23...24, using: &generator))
    }
    let peers = (0..<Int.random(in: 0..<3, using: &generator)).map { number in
      PeersReport.Network(
        address: IPAddress(ipv4: 0x0b00_0000 + UInt32(number) * 256), prefixLength: 24, outboundPort: 443,
        connections: 1)
    }
    return InventorySample(
      addresses: addresses, listeners: listeners, peers: PeersReport(networks: peers, others: peers.count))
  }

  /// Each sample, when it was taken, and what befalls its report; some samples are those before once more.
  private static func history(seed: UInt64) -> [(sample: InventorySample, fate: Fate)] {
    var generator = SeededGenerator(seed: seed)
    var last = sample(using: &generator)
    return (0..<30).map { number in
      if number == 1 || Int.random(in: 0..<3, using: &generator) > 0 { last = sample(using: &generator) }
      let fate = Bool.random(using: &generator) ? .arrives : Fate.allCases.randomElement(using: &generator) ?? .arrives
      // At least once the coordinator is ahead of what the agent knows, and must ask for everything.
      return (last, number > 2 ? fate : number == 1 ? .answerIsLost : .arrives)
    }
  }

  private static func encoded(_ report: InventoryReport) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return Array(try encoder.encode(report))
  }

  private static func send(_ report: InventoryReport, to api: API, _ secret: String) async throws -> InventoryReceipt {
    let octets = try Gzip.compress(encoded(report))
    let answer = try await api.send(
      .post, "/agent/v1/inventory", octets: octets, token: secret,
      headers: [.contentType: "application/json", .contentEncoding: "gzip"])
    #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    return try answer.decoded()
  }

  private static func holdings(of api: API) async throws -> Holdings {
    let listeners: Page<ListenerRow> = try await api.get("listeners?limit=1000").decoded()
    let ports: Page<PortRow> = try await api.get("ports?limit=1000").decoded()
    let hosts: Page<HostRow> = try await api.get("hosts?limit=1000").decoded()
    return Holdings(
      // Rows come by id, and ids by the order in which a report's listeners were inserted, which is none.
      listeners: listeners.rows.sorted { "\($0)" < "\($1)" }, ports: ports.rows, hosts: hosts.rows,
      peers: try await api.context.store.read { try $0.peers(of: AgentID(1)) })
  }

  /// Plays the history to a coordinator; the agent says what `next` makes of each sample.
  private static func play(
    _ history: [(sample: InventorySample, fate: Fate)], isWhole: Bool
  ) async throws -> (end: Holdings, deltas: Int, refusals: Int) {
    let collected = Collected()
    try await API.run { api in
      let secret = try await api.enrol("host").secret
      var dialogue = InventoryDialogue(epoch: "boot")
      var whole: Int64 = 0
      var (deltas, refusals) = (0, 0)
      var delayed: [InventoryReport] = []
      for (number, (sample, fate)) in history.enumerated() {
        api.clock.advance(by: .seconds(60))
        let uptime = Duration.seconds(60 * number)
        var next: InventoryReport?
        if isWhole {
          whole += 1
          next = InventoryReport(
            epoch: "boot", sequence: whole, takenAt: api.clock.now, addresses: sample.addresses,
            listeners: sample.listeners, peers: sample.peers)
        } else {
          next = dialogue.report(sample, takenAt: api.clock.now, ownersVerifiedAt: nil, uptime: uptime)
        }
        guard fate != .isLost else { continue }
        while let report = next {
          next = nil
          if report.delta != nil { deltas += 1 }
          var receipt = try await Self.send(report, to: api, secret)
          if receipt.needsFull == true { refusals += 1 }
          switch fate {
          case .arrives, .isLost: break
          case .answerIsLost:
            // Of a refusal the agent must hear: the other history has this sample.
            guard receipt.needsFull == true else { continue }
          case .isRepeated:
            receipt = try await Self.send(report, to: api, secret)
          case .comesAgainLater: delayed.append(report)
          }
          if !isWhole { next = dialogue.received(receipt, uptime: uptime) }
        }
        if number % 4 == 3, let old = delayed.popLast() { _ = try await Self.send(old, to: api, secret) }
      }
      collected.value = (try await Self.holdings(of: api), deltas, refusals)
    }
    return try #require(collected.value)
  }

  /// Where a test's body, which may run elsewhere, leaves what it found; read when it has returned.
  private final class Collected: @unchecked Sendable {
    var value: (end: Holdings, deltas: Int, refusals: Int)?
  }

  @Test(
    "Deltas end as whole reports do, though reports and answers are lost, repeated and overtaken", arguments: 0..<8)
  func endsTheSame(seed: UInt64) async throws {
    let history = Self.history(seed: seed)
    let whole = try await Self.play(history, isWhole: true)
    let delta = try await Self.play(history, isWhole: false)
    #expect(delta.deltas > 10 && delta.refusals > 0 && whole.deltas == 0)
    #expect(delta.end == whole.end)
    #expect(!whole.end.listeners.isEmpty && whole.end.peers != nil)
    #expect(whole.end.listeners.contains { $0.lastConnectionAt != nil })
  }

  @Test("A minute in which nothing changed takes less than 1 KB, as text and packed")
  func nothingIsSmall() async throws {
    var generator = SeededGenerator(seed: 1)
    let sample = Self.sample(using: &generator)
    try await API.run { api in
      let secret = try await api.enrol("host").secret
      var dialogue = InventoryDialogue(epoch: String(repeating: "f", count: 64))
      let first = dialogue.report(sample, takenAt: api.clock.now, ownersVerifiedAt: api.clock.now, uptime: .zero)
      let receipt = try await Self.send(first, to: api, secret)
      #expect(receipt.needsFull == false)
      #expect(dialogue.received(receipt, uptime: .zero) == nil)
      api.clock.advance(by: .seconds(60))
      let second = dialogue.report(
        sample, takenAt: api.clock.now, ownersVerifiedAt: api.clock.now, uptime: .seconds(60))
      let octets = try Self.encoded(second)
      #expect(octets.count < 400, "\(octets.count)")
      #expect(try Gzip.compress(octets).count < 400)
      #expect(try await Self.send(second, to: api, secret).needsFull == false)
      let rows: Page<ListenerRow> = try await api.get("listeners").decoded()
      #expect(rows.rows.count == sample.listeners.count)
      #expect(rows.rows.allSatisfy { $0.sampledAt == api.clock.now && $0.ownersVerifiedAt == api.clock.now })
    }
  }

  @Test("An agent of the version before, which knows only whole reports, is understood")
  func takesEarlierReports() async throws {
    try await API.run { api in
      let secret = try await api.enrol("host").secret
      let report = #"""
        {"epoch":"e","sequence":1,"takenAt":"2023-11-14T22:13:20Z","addresses":[{"interface":"eth0","address":"10.0.0.5",
        "prefixLength":24}],"listeners":[{"transport":"tcp","address":"0.0.0.0","port":22,"isIPv6Only":false,
        "processes":[{"pid":7,"name":"sshd"}]}]}
        """#
      let answer = try await api.send(
        .post, "/agent/v1/inventory", octets: Array(report.utf8), token: secret,
        headers: [.contentType: "application/json"])
      #expect(answer.status == 200)
      let rows: Page<ListenerRow> = try await api.get("listeners").decoded()
      #expect(rows.rows.map(\.port) == [22] && rows.rows.first?.namespace == nil)
    }
  }

  @Test(
    "What cannot be meant is refused with the place",
    arguments: [
      (#""delta":{"baseSequence":1,"goneAddresses":[],"goneListeners":[],"extra":1}"#, "/delta/extra"),
      (#""delta":{"goneAddresses":[],"goneListeners":[]}"#, "/delta/baseSequence"),
      (
        #""delta":{"baseSequence":1,"goneAddresses":[],"goneListeners":[{"transport":"tcp","address":"::","port":1,"interface":""}]}"#,
        "/delta/goneListeners/0/interface"
      ),
      (
        #""delta":{"baseSequence":1,"goneAddresses":[],"goneListeners":[{"transport":"tcp","address":"::","port":1,"namespace":0}]}"#,
        "/delta/goneListeners/0/namespace"
      ),
    ])
  func refusesNonsense(field: String, pointer: String) async throws {
    try await API.run { api in
      let secret = try await api.enrol("host").secret
      let report =
        #"{"epoch":"e","sequence":2,"takenAt":"2023-11-14T22:13:20Z","addresses":[],"listeners":[],"# + field + "}"
      let answer = try await api.send(
        .post, "/agent/v1/inventory", octets: Array(report.utf8), token: secret,
        headers: [.contentType: "application/json"])
      #expect(answer.status == 422 || answer.status == 400, "\(answer.status)")
      #expect(try answer.problem().errors?.map(\.pointer) == [pointer])
    }
  }
}
