import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Hosts as records: what answers makes them, what is looked at again without an answer makes them gone.
@Suite struct HostTests {
  private static let address = IPAddress(ipv4: 0x0a00_0001)

  /// A scan of one host in which the ports are as said; those that are neither open nor closed do not answer. The clock goes on a
  /// minute before and after.
  private func scan(
    _ fleet: Fleet, _ agent: AgentRecord, ports: String = "22,80", open: Set<ProtocolPort> = [], isClosed: Bool = false,
    because reason: ProbeReason = .noResponse, zones: [String] = []
  ) async throws {
    fleet.clock.advance(by: .seconds(60))
    _ = try await fleet.submit("10.0.0.1", ports: ports, zones: zones)
    let grant = try #require(try await fleet.grant(agent))
    fleet.clock.advance(by: .seconds(1))
    let chunk = try await fleet.chunk(
      grant, number: 0, grant.blocks.map(\.rectangle), open: open,
      otherwise: isClosed ? .closed : Self.state(of: reason),
      because: isClosed ? .connectionRefused : reason)
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    try await fleet.finish(grant, by: agent, chunks: 1)
    fleet.clock.advance(by: .seconds(60))
  }

  private static func state(of reason: ProbeReason) -> EndpointState {
    switch reason {
    case .localResources, .policy, .cutShort: .unchecked
    case .hostUnreachable, .networkUnreachable: .unreachable
    default: .filtered
    }
  }

  private func kinds(_ fleet: Fleet) async throws -> [ChangeKind] {
    try await fleet.chart.changes(ChangeQuery(kinds: ChangeKind.ofHosts), after: nil, limit: 100).rows.map(\.kind)
  }

  private func state(_ fleet: Fleet, asOf time: Timestamp? = nil) async throws -> HostState? {
    try await fleet.chart.explain(host: Self.address, site: nil, own: nil, asOf: time).explanations[0].row.state
  }

  private static let ssh = ProtocolPort(.tcp, 22)

  @Test("A host of both families is one: each of its addresses tells the others, now and then")
  func isOneHost() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let six = try #require(IPAddress("fd00::1"))
      func sample(_ sequence: Int64, _ addresses: [IPAddress]) async throws {
        let update = InventoryUpdate(
          position: InventoryPosition(epoch: "boot", sequence: sequence), takenAt: fleet.clock.now,
          interfaces: addresses.map { InterfaceAddress(interface: "eth0", address: $0, prefixLength: 24) },
          listeners: [:])
        #expect(try await fleet.results.accept(update, from: agent) == .apply)
        fleet.clock.advance(by: .seconds(60))
      }
      func others(asOf time: Timestamp? = nil) async throws -> [IPAddress: [IPAddress]] {
        let query = try fleet.chart.query("", asOf: time)
        let rows = try await fleet.chart.hosts(query, after: nil, limit: 10).rows
        return Dictionary(rows.map { ($0.host.address, $0.otherAddresses) }) { first, _ in first }
      }
      let linkLocal = try #require(IPAddress("fe80::1"))
      try await sample(1, [Self.address, .ipv6Loopback, linkLocal])
      try await scan(fleet, agent, open: [Self.ssh])
      #expect(try await others() == [Self.address: []])
      let alone = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await sample(2, [Self.address, six, .ipv6Loopback, linkLocal])
      let found = try await others()
      #expect(found[Self.address] == [six])
      let explained = try await fleet.chart.explain(host: six, site: nil, own: nil).explanations
      #expect(explained.map(\.row.otherAddresses) == [[Self.address]])
      #expect(try await others(asOf: alone) == [Self.address: []])
      try await sample(3, [six])
      #expect(try await others()[Self.address] == [], "it is another's now, or nobody's")
      #expect(try await others(asOf: fleet.clock.now - .seconds(70))[Self.address] == [six])
    }
  }

  @Test("Found, gone, back: dated, with what was before; a host that never answered is down and no record")
  func comesAndGoes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      #expect(try await state(fleet) == nil)
      try await scan(fleet, agent)
      #expect(try await state(fleet) == .down)
      #expect(try await fleet.chart.hosts(fleet.chart.query(""), after: nil, limit: 10).rows.isEmpty)
      try await scan(fleet, agent, open: [Self.ssh])
      let whileUp = fleet.clock.now
      try await scan(fleet, agent, isClosed: true)
      #expect(try await kinds(fleet) == [.hostFound])
      try await scan(fleet, agent)
      let gone = fleet.clock.now - .seconds(60)
      #expect(try await state(fleet) == .gone)
      try await scan(fleet, agent)
      let whileGone = fleet.clock.now
      try await scan(fleet, agent, isClosed: true)
      let found = try await fleet.chart.changes(ChangeQuery(kinds: ChangeKind.ofHosts), after: nil, limit: 100).rows
      #expect(found.map(\.kind) == [.hostBack, .hostGone, .hostFound])
      #expect(found.map(\.detail) == ["up", "gone", "up"])
      #expect(found.map(\.detailBefore) == ["gone", "up", nil])
      #expect(found[1].at == gone)
      #expect(found[1].notBefore == gone - .seconds(121))
      #expect(found.allSatisfy { $0.agent == agent.id && $0.job != nil && $0.key == nil })
      #expect(try await state(fleet) == .up)
      #expect(try await state(fleet, asOf: whileGone) == .gone)
      #expect(try await state(fleet, asOf: whileUp) == .up)
      let rows = try await fleet.chart.hosts(fleet.chart.query("", asOf: whileGone), after: nil, limit: 10).rows
      #expect(rows.map(\.state) == [.gone])
      let difference = try await fleet.comparisons.difference(
        from: whileUp.description, to: whileGone.description, query: "", kinds: DiffKind.ofHosts, site: nil, after: nil,
        limit: 10)
      #expect(difference.page.rows.map(\.kind) == [.hostGone])
      #expect(difference.page.next == nil)
      // All changes, page by page.
      for page in [1, 2, 100] {
        var all: [ChangeRecord] = []
        while true {
          let next = try await fleet.chart.changes(ChangeQuery(), after: all.last?.position, limit: page).rows
          all += next
          if next.count < page { break }
        }
        #expect(all.map(\.kind) == [.hostBack, .hostGone, .closed, .opened, .hostFound], "\(page)")
      }
    }
  }

  @Test("A page of hosts that looks at many endpoints or hosts ends early and says where it goes on")
  func endsPagesOfHostsEarly() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      _ = try await fleet.submit("10.0.0.0/29", ports: "22,80")
      while let grant = try await fleet.grant(agent) {
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: [Self.ssh, ProtocolPort(.tcp, 80)])
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
        try await fleet.finish(grant, by: agent, chunks: 1)
      }
      for (text, states) in [
        ("", nil), ("", [.gone]), ("port:22", nil), ("seen:>1d", nil), ("net:10.0.0.0/24 port:22", nil),
        ("proto:udp", nil),
      ] as [(String, Set<HostState>?)] {
        let query = try fleet.chart.query(text)
        let all = try await fleet.chart.hosts(query, states: states, after: nil, limit: 100).rows.map(\.host)
        for (looks, hosts) in [(1, 100), (100, 1), (2, 3)] {
          var chart = fleet.chart
          chart.portLooks = looks
          chart.hostsOfPage = hosts
          var (found, place, pages) = ([ChartHost](), ChartHost?.none, 0)
          repeat {
            let page = try await chart.hosts(query, states: states, after: place, limit: 3)
            #expect(page.rows.count <= 3)
            found += page.rows.map(\.host)
            place = page.next
            pages += 1
          } while place != nil && pages < 100
          #expect(found == all, "\(text), \(looks) looks, \(hosts) hosts")
          if text == "seen:>1d", looks < 100 { #expect(all.isEmpty && pages > 1) }
          if states == nil, !text.isEmpty, text.contains("port:") { #expect(all.count > 3) }
        }
      }
    }
  }

  @Test(
    "A page of changes that looks through many ends early and says where it goes on; none is told twice or left out"
  )
  func endsPagesEarly() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      for isUp in [true, false, true, false, true] {
        try await scan(fleet, agent, open: isUp ? [Self.ssh] : [])
      }
      for text in ["", "net:10.0.0.0/24", "net:10.9.0.0/16", "port:22", "10.0.0.1 or port:9"] {
        let query = ChangeQuery(endpoints: try fleet.chart.query(text))
        let all = try await fleet.chart.changes(query, after: nil, limit: 100)
        #expect(all.next == nil && all.rows.count == (text == "net:10.9.0.0/16" ? 0 : text == "port:22" ? 5 : 10))
        for (looks, limit, changeLooks) in [
          (1, 100, 999), (2, 100, 10), (3, 2, 12), (2, 3, 20), (4, 1, 14), (99, 100, 10),
        ] {
          var chart = fleet.chart
          chart.hostLooks = looks
          chart.changeLooks = changeLooks
          var (found, place, pages) = ([ChangeRecord](), ChangePosition?.none, 0)
          repeat {
            let page = try await chart.changes(query, after: place, limit: limit)
            #expect(page.rows.count <= limit && (page.next == nil || page.rows.count < limit))
            found += page.rows
            place = page.next ?? (page.rows.count == limit ? page.rows.last?.position : nil)
            pages += 1
          } while place != nil && pages < 100
          #expect(found == all.rows, "\(text), \(looks) and \(changeLooks) looks, pages of \(limit)")
          if text == "net:10.9.0.0/16" { #expect(pages > 1) }
        }
      }
    }
  }

  @Test(
    "What was open must be looked at again, and what only answered closed too: another port's silence proves nothing")
  func wantsTheWholeHost() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, ports: "22", open: [Self.ssh])
      try await scan(fleet, agent, ports: "80")
      #expect(try await state(fleet) == .up)
      try await scan(fleet, agent, ports: "22")
      #expect(try await state(fleet) == .gone)
      try await scan(fleet, agent, ports: "80", isClosed: true)
      try await scan(fleet, agent, ports: "22")
      // Port 22 had been looked at while it was gone; it was there again by port 80 alone, and answered as closed.
      try await scan(fleet, agent, ports: "81")
      #expect(try await state(fleet) == .gone)
    }
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, ports: "80", isClosed: true)
      try await scan(fleet, agent, ports: "81")
      #expect(try await state(fleet) == .up)
      try await scan(fleet, agent, ports: "80")
      #expect(try await state(fleet) == .gone)
    }
  }

  @Test("A port that was open once and refused since is an answer: the silence of another port proves nothing")
  func remembersRefusals() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, ports: "22", open: [Self.ssh])
      try await scan(fleet, agent, ports: "22", isClosed: true)
      try await scan(fleet, agent, ports: "9999")
      #expect(try await state(fleet) == .up)
      try await scan(fleet, agent, ports: "22")
      #expect(try await state(fleet) == .gone)
    }
  }

  @Test(
    "What could not be looked at, what somebody forbade and what a far router says are no silence, also beside one",
    arguments: [ProbeReason.localResources, .policy, .cutShort, .adminProhibited, .networkUnreachable])
  func wantsSilence(reason: ProbeReason) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, ports: "22,80", open: [Self.ssh])
      try await scan(fleet, agent, ports: "80", isClosed: true)
      // Port 80, which refused, and 22, which was open, in chunks of their own beside the silence of another one.
      for port in ["22", "80"] {
        try await scan(fleet, agent, ports: port, because: reason)
        try await scan(fleet, agent, ports: "443")
        #expect(try await state(fleet) == .up, "\(port)")
      }
    }
  }

  @Test("As of a time, a host that came back was seen last then, and has the ports that it had")
  func tellsThePast() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, ports: "22", open: [Self.ssh])
      try await scan(fleet, agent, ports: "22")
      try await scan(fleet, agent, ports: "22", open: [Self.ssh])
      fleet.clock.advance(by: .seconds(86_400))
      try await scan(fleet, agent, ports: "22", open: [Self.ssh])
      let time = fleet.clock.now
      let seen = time - .seconds(60)
      fleet.clock.advance(by: .seconds(86_400))
      let past = try await fleet.chart.explain(host: Self.address, site: nil, own: nil, asOf: time).explanations[0].row
      #expect(past.lastSeen == seen)
      #expect(past.openPorts == 1)
    }
  }

  @Test("Somebody who forbids it, UDP without an answer and another zone's silence do not make a host gone")
  func doubts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      let other = try await fleet.enrol("b", zone: "dmz", duties: [.scan])
      try await scan(fleet, agent, open: [Self.ssh], zones: ["default"])
      try await scan(fleet, agent, because: .adminProhibited, zones: ["default"])
      #expect(try await state(fleet) == .up)
      try await scan(fleet, other, zones: ["dmz"])
      #expect(try await state(fleet) == .up)
      try await scan(fleet, other, open: [Self.ssh], zones: ["dmz"])
      try await scan(fleet, other, zones: ["dmz"])
      // From one of two: the row shows the zone that has it, and the change is told for the other.
      #expect(try await state(fleet) == .up)
      #expect(try await kinds(fleet) == [.hostGone, .hostFound, .hostFound])
    }
  }

  @Test("A host whose agent is heard of is up, whatever stands before it, and goes when the agent is silent too")
  func believesTheAgent() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      let inside = try await fleet.enrol("web1", zone: "dmz", duties: [.inventory])
      try await scan(fleet, agent, open: [Self.ssh], zones: ["default"])
      let update = InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: Self.address, prefixLength: 24)], listeners: [:])
      #expect(try await fleet.results.accept(update, from: inside) == .apply)
      try await scan(fleet, agent, zones: ["default"])
      #expect(try await state(fleet) == .up)
      let rows = try await fleet.chart.hosts(fleet.chart.query("10.0.0.1"), after: nil, limit: 10).rows
      #expect(rows.map(\.names) == [["web1"]])
      #expect(rows.map(\.state) == [.up])
      fleet.clock.advance(by: .seconds(3_600))
      try await scan(fleet, agent, zones: ["default"])
      #expect(try await state(fleet) == .gone)
      #expect(
        try await fleet.chart.hosts(fleet.chart.query("10.0.0.1"), states: [.up], after: nil, limit: 10).rows.isEmpty)
    }
  }

  @Test("Hosts with and without open ports are listed in one order, page by page")
  func listsHosts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      _ = try await fleet.submit("10.0.0.0/28", ports: "22,80")
      if let grant = try await fleet.grant(agent) {
        // Half of the hosts have an open port.
        let rectangle = grant.blocks[0].rectangle
        let middle = rectangle.hosts.lowerBound + 8
        let parts = [rectangle.hosts.lowerBound..<middle, middle..<rectangle.hosts.upperBound].map {
          WorkRectangle(hosts: $0, ports: rectangle.ports)
        }
        for (number, part) in parts.enumerated() {
          _ = try await fleet.report(
            grant, by: agent, number: number, [part], open: number == 0 ? [Self.ssh] : [])
        }
        try await fleet.finish(grant, by: agent, chunks: 2)
      }
      let all = try await fleet.chart.hosts(fleet.chart.query(""), after: nil, limit: 100).rows
      #expect(all.map(\.host.address.value) == (0..<16).map { 0x0a00_0000 + $0 })
      for limit in [1, 3, 7, 16] {
        var rows: [ChartHostRow] = []
        var next: ChartHost?
        repeat {
          let page = try await fleet.chart.hosts(fleet.chart.query(""), states: [.up], after: next, limit: limit)
          rows += page.rows
          next = page.next
        } while next != nil
        #expect(rows.map(\.host.address) == all.map(\.host.address), "\(limit)")
      }
      let open = try await fleet.chart.hosts(fleet.chart.query("port:22"), after: nil, limit: 100).rows
      #expect(!open.isEmpty && open.count < 16)
      #expect(open.map(\.host.address) == all.filter { $0.openPorts > 0 }.map(\.host.address))
      #expect(try await fleet.chart.hosts(fleet.chart.query("10.0.0.4/30"), after: nil, limit: 100).rows.count == 4)
    }
  }

  @Test("Alerts that name it are told of a host that is found, and others of one that goes and comes back")
  func tellsAlerts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await fleet.context.queue.commit { try $0.setWantedNotices([.hostGone, .hostBack]) }
      try await scan(fleet, agent, open: [Self.ssh])
      for _ in 0..<2 { try await scan(fleet, agent) }
      try await scan(fleet, agent, open: [Self.ssh])
      let notices = try await fleet.context.store.read { try $0.notices(after: 0, limit: 10) }.map(\.notice)
      #expect(notices.map(\.kind) == [.hostGone, .hostBack])
      #expect(notices.allSatisfy { $0.endpoint == nil && $0.address == Self.address && $0.job != nil })
      #expect(!NoticeKind.unnamed.contains(.hostFound))
    }
  }
}
