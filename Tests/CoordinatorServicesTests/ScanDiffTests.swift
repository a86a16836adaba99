import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Two scans, compared by what each covered and found.
@Suite struct ScanDiffTests {
  private func kinds(
    _ fleet: Fleet, _ from: ScanID, _ to: ScanID, query: String = "", kinds: Set<DiffKind> = Set(DiffKind.allCases),
    limit: Int = 100
  ) async throws -> (rows: [String], counts: [DiffKind: Int], pages: Int) {
    var (rows, counts, pages) = ([String](), [DiffKind: Int](), 0)
    var place: ComparisonService.Position?
    repeat {
      let page = try await fleet.comparisons.difference(
        from: "\(from)", to: "\(to)", query: query, kinds: kinds, site: nil, after: place, limit: limit
      ).page
      rows += page.rows.map { "\($0.host.address) \($0.key?.port.rawValue ?? 0) \($0.kind.rawValue)" }
      counts.merge(page.counts, uniquingKeysWith: +)
      place = page.next
      pages += 1
    } while place != nil && pages < 1_000
    return (rows, counts, pages)
  }

  @Test("A port is closed, opened, opened again, found, not covered or as it was, and pages tell the same as one")
  func compares() async throws {
    try await Fleet.run { fleet async throws in
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      func scan(_ targets: String, _ ports: String, open: [UInt16]) async throws -> ScanID {
        let id = try await fleet.submit(targets, ports: ports)
        try await fleet.workThrough(scanner, open: Set(open.map { ProtocolPort(.tcp, Port($0)) }))
        fleet.clock.advance(by: .seconds(60))
        return id
      }
      let first = try await scan("10.0.0.1-10.0.0.2", "1-6", open: [1, 2, 6])
      let second = try await scan("10.0.0.1-10.0.0.3", "1-5", open: [1, 3])
      let third = try await scan("10.0.0.1", "1-6", open: [1, 2, 3])

      let changed = try await kinds(fleet, first, second)
      #expect(
        changed.rows == [
          "10.0.0.1 1 unchanged", "10.0.0.1 2 closed", "10.0.0.1 3 opened", "10.0.0.1 6 not-covered",
          "10.0.0.2 1 unchanged", "10.0.0.2 2 closed", "10.0.0.2 3 opened", "10.0.0.2 6 not-covered",
          "10.0.0.3 1 found", "10.0.0.3 3 found", "10.0.0.3 0 not-covered",
        ])
      #expect(changed.counts == [.unchanged: 2, .closed: 2, .opened: 2, .notCovered: 3, .found: 2])
      let again = try await kinds(fleet, second, third, query: "net:10.0.0.1")
      #expect(again.rows == ["10.0.0.1 1 unchanged", "10.0.0.1 2 reopened", "10.0.0.1 3 unchanged"])
      // Of those that were not open before, what is open now tells whether it is for the first time.
      #expect(
        try await kinds(fleet, second, first, query: "net:10.0.0.1 port:2,3,6").rows == [
          "10.0.0.1 2 reopened", "10.0.0.1 3 closed", "10.0.0.1 6 found",
        ])
      for limit in [1, 3] {
        let pages = try await kinds(fleet, first, second, limit: limit)
        #expect(pages.rows == changed.rows && pages.counts == changed.counts && pages.pages > 2)
      }
      // What is not asked for is counted all the same; a query for more than places looks at the endpoints.
      let closed = try await kinds(fleet, first, second, kinds: [.closed])
      #expect(closed.rows == ["10.0.0.1 2 closed", "10.0.0.2 2 closed"] && closed.counts == changed.counts)
      #expect(try await kinds(fleet, first, second, query: "port:1..3 state:open").counts[.closed] == 2)
    }
  }

  /// A scan in which the host's ports are open or refuse as said, and others do not answer.
  private func look(
    _ fleet: Fleet, _ agent: AgentRecord, _ ports: String, of targets: String = "10.0.0.1", open: [UInt16] = [],
    refused: [UInt16] = [], because reason: ProbeReason = .noResponse, zone: String? = nil
  ) async throws -> ScanID {
    let id = try await fleet.submit(targets, ports: ports, zones: zone.map { [$0] } ?? [])
    let grant = try #require(try await fleet.grant(agent))
    var chunk = try await fleet.chunk(
      grant, number: 0, grant.blocks.map(\.rectangle), open: Set(open.map { ProtocolPort(.tcp, Port($0)) }),
      otherwise: .filtered, because: reason)
    let runs = chunk.runs.map { run in
      guard refused.contains(run.run.ports.lowerBound) else { return run }
      return ResultService.Run(
        host: run.host, transport: run.transport,
        run: PortStateRun(
          ports: run.run.ports, state: .closed, reason: .connectionRefused, observedAt: run.run.observedAt),
        isSelfView: false)
    }
    chunk = .init(
      number: 0, digest: chunk.digest, completed: chunk.completed, sightings: chunk.sightings, runs: runs)
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    try await fleet.finish(grant, by: agent, chunks: 1)
    fleet.clock.advance(by: .seconds(60))
    return id
  }

  private func hosts(_ fleet: Fleet, _ from: String, _ to: String, query: String = "") async throws -> [String] {
    try await fleet.comparisons.difference(
      from: from, to: to, query: query, kinds: Set(DiffKind.allCases), site: nil, after: nil, limit: 100
    ).page.rows.filter { $0.key == nil }.map { row in
      let details = row.details
      return "\(row.host.address) \(row.kind.rawValue): \(details?.before ?? "") \(details?.after ?? "")"
    }
  }

  @Test("Hosts: silent where they had answered is gone, the reverse is found or back, not looked at is not covered")
  func comparesHosts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      let dark = try await look(fleet, agent, "22,80")
      let open = try await look(fleet, agent, "22,80", open: [22])
      let silent = try await look(fleet, agent, "22,80")
      let refusing = try await look(fleet, agent, "22,80", refused: [80])
      let part = try await look(fleet, agent, "80")
      let forbidden = try await look(fleet, agent, "22,80", because: .adminProhibited)
      let elsewhere = try await look(fleet, agent, "22,80", of: "10.0.0.2", open: [22])
      let never = try await look(fleet, agent, "9", of: "10.0.0.2")

      #expect(try await hosts(fleet, "\(open)", "\(silent)") == ["10.0.0.1 host-gone: up gone"])
      #expect(try await hosts(fleet, "\(refusing)", "\(silent)") == ["10.0.0.1 host-gone: up gone"])
      #expect(try await hosts(fleet, "\(dark)", "\(open)") == ["10.0.0.1 host-found: down up"])
      #expect(try await hosts(fleet, "\(silent)", "\(refusing)") == ["10.0.0.1 host-back: gone up"])
      #expect(try await hosts(fleet, "\(open)", "\(refusing)") == [])
      #expect(try await hosts(fleet, "\(dark)", "\(silent)") == [])
      // Port 80 alone says nothing of a host whose port 22 was open, and enough of one that had refused there.
      #expect(try await hosts(fleet, "\(open)", "\(part)") == ["10.0.0.1 not-covered: up down"])
      #expect(try await hosts(fleet, "\(part)", "\(open)") == ["10.0.0.1 not-covered: down up"])
      #expect(try await hosts(fleet, "\(refusing)", "\(part)") == ["10.0.0.1 host-gone: up gone"])
      #expect(try await hosts(fleet, "\(open)", "\(forbidden)") == [], "somebody stands before it")
      let sides = ["10.0.0.1 not-covered: up ", "10.0.0.2 not-covered:  up"]
      #expect(try await hosts(fleet, "\(open)", "\(elsewhere)") == sides)
      #expect(try await hosts(fleet, "\(open)", "\(elsewhere)", query: "net:10.0.0.2") == Array(sides.suffix(1)))
      #expect(try await hosts(fleet, "\(open)", "\(silent)", query: "port:22") == [])
      #expect(try await hosts(fleet, "\(elsewhere)", "\(never)") == ["10.0.0.2 not-covered: up down"])
    }
  }

  @Test("A scan against a time: what was known by then, and what the scan looked at")
  func comparesHostsWithTimes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      let start = fleet.clock.now
      let dark = try await look(fleet, agent, "22,80")
      _ = try await look(fleet, agent, "22", of: "10.0.0.2", refused: [22])
      let open = try await look(fleet, agent, "22,80", open: [22])
      let whileUp = (fleet.clock.now - .seconds(1)).description
      let part = try await look(fleet, agent, "80")
      let silent = try await look(fleet, agent, "22,80")
      let whileGone = (fleet.clock.now - .seconds(1)).description
      let again = try await look(fleet, agent, "22", open: [22])
      func kinds(_ from: String, _ to: String) async throws -> [String] {
        try await hosts(fleet, from, to, query: "net:10.0.0.1")
      }
      #expect(try await kinds(whileUp, "\(silent)") == ["10.0.0.1 host-gone: up gone"])
      #expect(try await kinds(whileUp, "\(part)") == ["10.0.0.1 not-covered: up down"])
      #expect(try await kinds("\(open)", whileGone) == ["10.0.0.1 host-gone: up gone"])
      #expect(try await kinds("\(open)", "now") == [])
      #expect(try await kinds("\(dark)", whileUp) == ["10.0.0.1 host-found: down up"])
      #expect(try await kinds("\(silent)", "now") == ["10.0.0.1 host-back: gone up"])
      #expect(try await kinds(whileGone, "\(again)") == ["10.0.0.1 host-back: gone up"])
      #expect(try await kinds("\(start)", "\(again)") == ["10.0.0.1 host-found:  up"])
      #expect(try await kinds("\(open)", "\(start)") == ["10.0.0.1 not-covered: up "])
      #expect(
        try await hosts(fleet, whileUp, "\(silent)", query: "net:10.0.0.2") == ["10.0.0.2 not-covered: up "],
        "what the scan did not look at is not gone")
    }
  }

  @Test("Another zone's firewall makes no host gone, and an agent that is heard of answers for its host")
  func proves() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("inner", duties: [.scan])
      let outer = try await fleet.enrol("outer", zone: "dmz", duties: [.scan])
      let open = try await look(fleet, inner, "22", open: [22], zone: "default")
      let other = try await look(fleet, outer, "22", zone: "dmz")
      let silent = try await look(fleet, inner, "22", zone: "default")
      // No zone named: whose agents looked is known from what they covered.
      let any = try await look(fleet, outer, "22")
      #expect(try await hosts(fleet, "\(open)", "\(other)") == ["10.0.0.1 not-covered: up down"])
      #expect(try await hosts(fleet, "\(open)", "\(any)") == ["10.0.0.1 not-covered: up down"])
      #expect(try await hosts(fleet, "\(open)", "\(silent)") == ["10.0.0.1 host-gone: up gone"])
      #expect(try await hosts(fleet, "\(open)", "zone:dmz") == ["10.0.0.1 not-covered: up "])

      let living = try await fleet.enrol("living", duties: [.inventory])
      let address = IPAddress(ipv4: 0x0a00_0001)
      _ = try await fleet.results.accept(
        InventoryUpdate(
          position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
          interfaces: [InterfaceAddress(interface: "eth0", address: address, prefixLength: 24)], listeners: [:]),
        from: living)
      let later = try await look(fleet, inner, "22", zone: "default")
      #expect(try await hosts(fleet, "\(open)", "\(later)") == [])
      #expect(try await hosts(fleet, "\(open)", "\(silent)") == ["10.0.0.1 host-gone: up gone"])
    }
  }
}
