import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// An explanation is a proof: everything that names the owner of a port and those who saw it is in it.
@Suite struct ExplanationProofTests {
  private static let own = IPAddress(ipv4: 0x0a00_0005)

  @Test(
    "Unit, container, inode, process, both times, job and agents of a port are in its explanation, now and as it was")
  func proves() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      let started = fleet.clock.now - .seconds(1_000)
      let content = ListenerContent(
        isIPv6Only: false, uid: 33, user: "www-data", inode: 424_242,
        processes: [
          ListeningProcess(
            pid: 4_711, name: "nginx", executable: "/usr/sbin/nginx", user: "www-data", startTime: started,
            parentPid: 1, commandLine: "nginx: worker process")
        ], ownerUnknownReason: nil, unit: "nginx.service", container: "docker:0123456789ab")
      func inventory(_ sequence: Int64, _ content: ListenerContent?) async throws -> Timestamp {
        let time = fleet.clock.now
        _ = try await fleet.results.accept(
          InventoryUpdate(
            position: InventoryPosition(epoch: "boot", sequence: sequence), takenAt: time,
            interfaces: [InterfaceAddress(interface: "eth0", address: Self.own, prefixLength: 24)],
            listeners: content.map {
              [.init(transport: .tcp, address: .ipv4Unspecified, port: 443, interface: ""): $0]
            } ?? [:]), from: host)
        fleet.clock.advance(by: .seconds(20))
        return time
      }
      let sampled = try await inventory(1, content)
      let scan = try await fleet.submit("10.0.0.5", ports: "443")
      let grant = try #require(try await fleet.grant(scanner))
      let seen = fleet.clock.now
      _ = try await fleet.report(
        grant, by: scanner, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 443)])
      try await fleet.finish(grant, by: scanner, chunks: 1)
      fleet.clock.advance(by: .seconds(20))

      func expectProof(asOf time: Timestamp?) async throws {
        let explanations = try await fleet.chart.explain(
          Self.own, ProtocolPort(.tcp, 443), site: nil, own: nil, asOf: time
        ).explanations
        let told = try #require(explanations.first)
        #expect(explanations.count == 1 && told.verdict == .exposed)
        // From inside: who told, when, and whose socket it is.
        #expect(told.agent == host.id && told.isInventoryCurrent)
        // Between two inventories that agree it counts as sampled.
        let times = sampled...(time ?? sampled)
        #expect(told.inventoryAt.map { times.contains($0) } == true)
        let listener = try #require(told.listeners.first)
        #expect(told.listeners.count == 1 && listener.agent == host.id)
        #expect(listener.content.unit == "nginx.service" && listener.content.container == "docker:0123456789ab")
        #expect(listener.content.inode == 424_242 && listener.content.user == "www-data")
        #expect(listener.content.processes == content.processes)
        #expect(listener.firstSeen == sampled && times.contains(listener.lastSeen))
        // From outside: who looked, when, for which job of which scan.
        let view = try #require(told.views.first)
        #expect(told.views.count == 1 && view.view.state == .open && view.view.reason == .synAck)
        #expect(view.view.observedAt == seen && view.view.agent == scanner.id)
        #expect(view.view.job == grant.job && view.scan == scan)
        #expect(view.verdict == .exposed && view.runs.map(\.first) == [seen])
      }
      try await expectProof(asOf: nil)
      let then = fleet.clock.now
      fleet.clock.advance(by: .seconds(1))
      // Another program takes over; what was is proved as before.
      var other = content
      other.unit = "nc.service"
      other.container = nil
      other.processes = [ListeningProcess(pid: 9, name: "nc", executable: "/bin/nc")]
      _ = try await inventory(2, other)
      try await expectProof(asOf: then)
    }
  }
}
