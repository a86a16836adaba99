import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What a person should look at, from sightings and inventories as they arrive.
@Suite struct FindingTests {
  private static let own = IPAddress(ipv4: 0x0a00_0005)

  private func told(_ fleet: Fleet, all: Bool = false) async throws -> [FindingService.Told] {
    try await fleet.findings.findings(
      FindingQuery(includesGone: all, unacknowledgedAt: all ? nil : fleet.clock.now), after: nil, limit: 100
    ).findings
  }

  @Test("Findings come with what makes them, go with it, and come back as the same finding")
  func followsTheChart() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.send([22: "sshd", 443: "nc", 23: "in.telnetd"], from: host, sequence: 1)
      _ = try await fleet.submit("10.0.0.5", ports: "22,23,81,443")
      try await fleet.workThrough(scanner, open: Set([22, 23, 81, 443].map { ProtocolPort(.tcp, $0) }))
      let first = try await told(fleet)
      #expect(
        Set(first.map { "\($0.finding.rule.rawValue) \($0.row?.port.description ?? "")" })
          == ["unexpected-process 443", "cleartext 23", "forwarded 81"])
      let impostor = try #require(first.first { $0.finding.rule == .unexpectedProcess })
      #expect(impostor.detail == "nc listens on the port of http")
      #expect(impostor.advice.contains("stop: systemctl disable --now nc.service"))
      #expect(try await fleet.rows("finding:cleartext,forwarded").map(\.port) == [23, 81])

      try await fleet.send([22: "sshd", 443: "nginx"], from: host, sequence: 2)
      // Nothing listens on 23 any more, and it was open: that is another matter now.
      #expect(Set(try await told(fleet).map(\.finding.rule)) == [.cleartext, .forwarded])
      #expect(
        try await told(fleet, all: true).filter { $0.finding.goneAt != nil }.map(\.finding.id) == [impostor.finding.id])
      try await fleet.send([22: "sshd", 443: "nc"], from: host, sequence: 3)
      let again = try #require(try await told(fleet).first { $0.finding.rule == .unexpectedProcess })
      #expect(again.finding.id == impostor.finding.id && again.finding.since > impostor.finding.since)
    }
  }

  @Test("An acknowledged finding is silent until the time that was said")
  func acknowledges() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([443: "nc"], from: host, sequence: 1)
      let finding = try #require(try await told(fleet).first?.finding)
      await fleet.expectRefusal(.invalidValue, at: "/note") {
        try await fleet.findings.acknowledge(finding.id, until: fleet.clock.now + .seconds(60), note: "", by: .local)
      }
      await fleet.expectRefusal(.invalidValue, at: "/until") {
        try await fleet.findings.acknowledge(finding.id, until: fleet.clock.now, note: "x", by: .local)
      }
      try await fleet.findings.acknowledge(
        finding.id, until: fleet.clock.now + .seconds(60), note: "a test", by: .local)
      #expect(try await told(fleet).isEmpty)
      #expect(try await told(fleet, all: true).first?.finding.acknowledgement?.note == "a test")
      fleet.clock.advance(by: .seconds(60))
      #expect(try await told(fleet).map(\.finding.id) == [finding.id])
    }
  }

  @Test(
    "What an acknowledgement hides is ignored in a comparison while it runs; a program at an ephemeral UDP port always")
  func hidesInComparisons() async throws {
    try await Fleet.run { fleet async throws in
      let start = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([443: "nc"], from: host, sequence: 1)
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      _ = try await fleet.submit("10.0.0.5", ports: "81,443")
      try await fleet.workThrough(scanner, open: Set([81, 443].map { ProtocolPort(.tcp, $0) }))
      func kinds(_ kinds: Set<DiffKind> = Set(DiffKind.allCases)) async throws -> [String] {
        try await fleet.comparisons.difference(
          from: start.description, to: "now", query: "port:1..", kinds: kinds, site: nil, after: nil, limit: 100
        ).page.rows.map { row in
          [row.kind.rawValue, row.key?.port.description, row.ignored.map { "\($0.kind) \($0.reason)" }]
            .compactMap(\.self).joined(separator: " ")
        }
      }
      #expect(try await kinds() == ["found 81", "found 443"])
      let finding = try #require(try await told(fleet).first { $0.finding.rule == .unexpectedProcess }?.finding)
      try await fleet.findings.acknowledge(finding.id, until: fleet.clock.now + .seconds(60), note: "x", by: .local)
      #expect(try await kinds() == ["found 81", "ignored 443 found acknowledged"])
      #expect(try await kinds([.ignored]).count == 1)
      fleet.clock.advance(by: .seconds(60))
      #expect(try await kinds() == ["found 81", "found 443"])
      #expect(ProtocolPort(.udp, 40_000).isEphemeralUDP && !ProtocolPort(.udp, 53).isEphemeralUDP)
    }
  }

  @Test(
    "What is open and was not at the newest baseline is a new exposure until it closes or a newer baseline knows it")
  func tellsNewExposures() async throws {
    try await Fleet.run { fleet async throws in
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      func scan(_ open: Set<Int>) async throws {
        _ = try await fleet.submit("10.0.0.5", ports: "80-83")
        try await fleet.workThrough(scanner, open: Set(open.map { ProtocolPort(.tcp, Port(UInt16($0))) }))
        fleet.clock.advance(by: .seconds(60))
      }
      func exposed() async throws -> [String] {
        try await told(fleet).filter { $0.finding.rule == .newExposure }
          .map { "\($0.row?.port.description ?? "") since \($0.finding.subject)" }.sorted()
      }
      func addBaseline(_ name: String, _ query: String = "") async throws {
        _ = try await fleet.comparisons.addBaseline(name, at: nil, query: query, site: nil, note: nil, by: .local)
        fleet.clock.advance(by: .seconds(60))
      }
      try await scan([80, 81])
      #expect(try await exposed() == [])
      try await addBaseline("first")
      #expect(try await exposed() == [])
      try await scan([80, 82, 83])
      #expect(try await exposed() == ["82 since first", "83 since first"])
      try await scan([80, 81, 83])
      // 81 was open then, and closed for a while.
      #expect(try await exposed() == ["83 since first"])
      try await addBaseline("second", "port:82")
      #expect(try await exposed() == [])
      try await scan([80, 82, 83])
      #expect(try await exposed() == ["82 since second"])
      try await addBaseline("third")
      #expect(try await exposed() == [])
    }
  }

  @Test("A host of which every port is open is a tarpit, until it is seen to refuse one")
  func tellsTarpits() async throws {
    try await Fleet.run { fleet async throws in
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      func scan(otherwise state: EndpointState, because reason: ProbeReason) async throws {
        _ = try await fleet.submit("10.0.0.5", ports: "80-83")
        let grant = try #require(try await fleet.grant(scanner))
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 80), ProtocolPort(.tcp, 81)],
          otherwise: state, because: reason)
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: scanner))
        try await fleet.finish(grant, by: scanner, chunks: 1)
        fleet.clock.advance(by: .seconds(60))
      }
      func tarpits() async throws -> [String] {
        try await told(fleet).filter { $0.finding.rule == .tarpit }.map(\.finding.subject)
      }
      try await scan(otherwise: .filtered, because: .noResponse)
      #expect(try await tarpits() == [])
      try await scan(otherwise: .unchecked, because: .everythingOpen)
      #expect(try await tarpits() == ["10.0.0.5"])
      // Silence proves nothing against it.
      try await scan(otherwise: .filtered, because: .noResponse)
      #expect(try await tarpits() == ["10.0.0.5"])
      try await scan(otherwise: .closed, because: .connectionRefused)
      #expect(try await tarpits() == [])
    }
  }

  @Test("What depends on time is found when it is asked: an unused listener, an address on two hosts")
  func looksAtTime() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([22: "sshd"], from: host, sequence: 1)
      #expect(try await told(fleet).isEmpty)
      let other = try await fleet.enrol("other", duties: [.inventory])
      try await fleet.send([:], from: other, sequence: 1)
      #expect(try await told(fleet).map(\.finding.rule) == [.severalHosts])
      try await fleet.send([:], from: other, sequence: 2)
      try await fleet.places.removeAgent(other.id)
      try await fleet.send([22: "sshd"], from: host, sequence: 2)
      #expect(try await told(fleet).isEmpty)
      fleet.clock.advance(by: FindingService.unusedAfter)
      // Nobody has looked meanwhile.
      #expect(try await told(fleet).isEmpty)
      try await fleet.send([22: "sshd"], from: host, sequence: 3)
      #expect(try await told(fleet).map(\.finding.rule) == [.unused])
    }
  }

  private func expect(_ texts: [ExpectationText], in fleet: Fleet) async throws {
    try await fleet.context.queue.commit { session in
      let places = try PlaceNames(session)
      for known in try session.expectations() { _ = try session.removeExpectation(named: known.name) }
      for (index, text) in texts.enumerated() {
        try session.setExpectation(try text.read(places, services: .builtIn, at: "/expectations/\(index)"))
      }
    }
  }

  @Test("Drift: a stranger, an unexpected port, a user, an exposure, somebody who is missing")
  func drifts() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.send([22: "sshd", 443: "nginx", 5432: "postgres", 8080: "java"], from: host, sequence: 1)
      _ = try await fleet.submit("10.0.0.5", ports: "22,443,5432,8080")
      try await fleet.workThrough(scanner, open: Set([22, 443, 5432, 8080].map { ProtocolPort(.tcp, $0) }))
      func text(
        _ name: String, _ ports: String, _ processes: [String] = [], users: [String] = [], exposure: String? = nil,
        required: Bool = false
      ) -> ExpectationText {
        ExpectationText(
          name: name, site: nil, hosts: ["10.0.0.0/24"], ports: ports, processes: processes, users: users,
          exposure: exposure, required: required, note: nil)
      }
      try await expect(
        [
          text("shell", "22", ["sshd"], users: ["root"]), text("web", "443", ["apache2"]),
          text("database", "5432", exposure: "local"), text("mail", "25", required: true),
        ], in: fleet)
      let report = try await fleet.findings.check(for: .local).report
      #expect(
        report.rows.map(\.detail) == [
          "nginx listens, and web expects apache2",
          "open to other hosts, and database expects it on the host alone",
          "open by java (root, java.service), and no expectation of the host allows port 8080/tcp",
        ])
      #expect(report.missing.map(\.name) == ["mail"] && report.compared == 4)
      #expect(try await told(fleet).filter { $0.finding.rule == .drift }.count == 3)
      let missing = try await told(fleet).filter { $0.finding.rule == .missing }
      #expect(missing.map(\.finding.subject) == ["mail"])
      #expect(missing.first?.detail.contains("25") == true)
      try await expect([text("all", "1-65535", users: ["www*"])], in: fleet)
      #expect(try await fleet.findings.check(for: .local).report.rows.map(\.row.port) == [22, 443, 5432, 8080])
      try await expect([text("all", "1-65535", ["*"])], in: fleet)
      #expect(try await fleet.findings.check(for: .local).report.rows.isEmpty)
      #expect(try await told(fleet).allSatisfy { ![.drift, .missing].contains($0.finding.rule) })
    }
  }

  @Test("Advice is for people: what came from another host cannot leave its place in a line")
  func escapesAdvice() {
    let advice = FindingAdvice(address: Self.own, key: ProtocolPort(.tcp, 80), unit: "a.service; rm -rf /")
    #expect(advice.lines(.drift).allSatisfy { !$0.contains("rm") })
    #expect(
      FindingAdvice(address: Self.own, key: ProtocolPort(.tcp, 80), unit: "-x.service").lines(.drift)
        .allSatisfy { !$0.contains("systemctl") })
  }
}
