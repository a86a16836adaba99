import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Findings and drift as they were at earlier times.
@Suite struct PastFindingTests {
  private func told(
    _ fleet: Fleet, at time: Timestamp, _ query: String = "", all: Bool = false, limit: Int = 100
  ) async throws -> [FindingService.Told] {
    let query = FindingQuery(
      endpoints: try fleet.chart.query(query, asOf: time), includesGone: all, unacknowledgedAt: all ? nil : time)
    var told: [FindingService.Told] = []
    var position: FindingID?
    repeat {
      let page = try await fleet.findings.pastFindings(query, asOf: time, after: position, limit: limit)
      told += page.findings
      position = page.next
    } while position != nil
    return told
  }

  private func words(_ told: [FindingService.Told]) -> [String] {
    told.map { "\($0.finding.rule.rawValue) \($0.row?.port.description ?? $0.finding.subject)" }.sorted()
  }

  @Test("Each time has the findings of its own, with the endpoint and the words of then, through gaps and pages")
  func tellsEachTime() async throws {
    try await Fleet.run { fleet async throws in
      let start = fleet.clock.now
      fleet.clock.advance(by: .seconds(1))
      let host = try await fleet.enrol("host", duties: [.inventory])
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.send([443: "nc", 80: "cat"], from: host, sequence: 1)
      _ = try await fleet.submit("10.0.0.5", ports: "23,80,443")
      try await fleet.workThrough(scanner, open: Set([23, 80, 443].map { ProtocolPort(.tcp, $0) }))
      let first = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await fleet.send([443: "nginx", 80: "cat"], from: host, sequence: 2)
      let second = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await fleet.send([443: "socat", 80: "nginx"], from: host, sequence: 3)
      let third = fleet.clock.now

      let all = ["cleartext 23", "forwarded 23"]
      #expect(try await told(fleet, at: start).isEmpty)
      #expect(
        words(try await told(fleet, at: first)) == all + ["unexpected-process 443", "unexpected-process 80"])
      #expect(words(try await told(fleet, at: second)) == all + ["unexpected-process 80"])
      #expect(words(try await told(fleet, at: third)) == all + ["unexpected-process 443"])
      let early = try #require(try await told(fleet, at: first, "port:443").first)
      #expect(early.detail == "nc listens on the port of http" && early.finding.goneAt == nil && early.advice.isEmpty)
      #expect(early.row?.listener?.processes.map(\.name) == ["nc"] && early.finding.since < first)
      let late = try #require(try await told(fleet, at: third, "port:443").first)
      #expect(late.detail == "socat listens on the port of http" && late.finding.id == early.finding.id)
      // The query is asked of the endpoint of then.
      #expect(words(try await told(fleet, at: first, "proc:nc")) == ["unexpected-process 443"])
      #expect(try await told(fleet, at: third, "proc:nc").isEmpty)
      #expect(try await told(fleet, at: second, "proc:socat").isEmpty)
      // Those that were so no more, with the end of then.
      let ended = try #require(
        try await told(fleet, at: second, "port:443", all: true).first { $0.finding.rule == .unexpectedProcess })
      #expect(ended.finding.since == early.finding.since && ended.finding.goneAt.map { $0 <= second } == true)
      for limit in 1...3 {
        #expect(
          try await told(fleet, at: first, limit: limit).map(\.finding.id)
            == told(fleet, at: first).map(\.finding.id))
      }
    }
  }

  @Test("Acknowledgements count from when they were said until they were taken back or ran out")
  func tellsAcknowledgements() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([443: "nc"], from: host, sequence: 1)
      let before = fleet.clock.now
      let finding = try #require(try await told(fleet, at: before).first?.finding)
      func say(_ note: String?) async throws -> Timestamp {
        fleet.clock.advance(by: .seconds(60))
        try await fleet.findings.acknowledge(
          finding.id, until: note.map { _ in fleet.clock.now + .seconds(600) }, note: note ?? "", by: .local)
        return fleet.clock.now
      }
      let first = try await say("first")
      let second = try await say("second")
      let withdrawn = try await say(nil)
      let third = try await say("third")
      fleet.clock.advance(by: .seconds(3_600))
      func note(_ time: Timestamp) async throws -> String? {
        try await told(fleet, at: time, all: true).first?.finding.acknowledgement?.note
      }
      #expect(try await note(before) == nil)
      #expect(try await note(first) == "first")
      #expect(try await note(second + .seconds(-1)) == "first")
      #expect(try await note(second) == "second")
      #expect(try await note(withdrawn) == nil)
      #expect(try await note(third) == "third")
      func isTold(_ time: Timestamp) async throws -> Bool { try await !told(fleet, at: time).isEmpty }
      #expect(try await isTold(before))
      #expect(try await !isTold(first))
      #expect(try await isTold(withdrawn))
      #expect(try await !isTold(third))
      #expect(try await isTold(third + .seconds(600)))
    }
  }

  @Test("What was about no endpoint is told of its time; history that was purged is refused")
  func tellsSweptFindingsAndRefuses() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([22: "sshd"], from: host, sequence: 1)
      let other = try await fleet.enrol("other", duties: [.inventory])
      try await fleet.send([:], from: other, sequence: 1)
      try await fleet.findings.sweep()
      let shared = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await fleet.places.removeAgent(other.id)
      try await fleet.send([22: "sshd"], from: host, sequence: 2)
      try await fleet.findings.sweep()
      fleet.clock.advance(by: .seconds(60))
      #expect(words(try await told(fleet, at: shared)) == ["several-hosts 10.0.0.5"])
      #expect(try await told(fleet, at: shared, "port:22").isEmpty)
      #expect(try await told(fleet, at: fleet.clock.now).isEmpty)
      let begin = fleet.clock.now
      let purged = try await fleet.context.queue.commit { try $0.purgeHistory(before: begin, limit: 100) }
      #expect(purged[.findings] == 1)
      await fleet.expectRefusal(.invalidValue, at: "asOf") { _ = try await told(fleet, at: shared) }
    }
  }

  @Test("What was then is compared with what is expected now")
  func comparesThePast() async throws {
    try await Fleet.run { fleet async throws in
      let start = fleet.clock.now
      fleet.clock.advance(by: .seconds(1))
      let host = try await fleet.enrol("host", duties: [.inventory])
      try await fleet.send([443: "nc", 25: "master"], from: host, sequence: 1)
      let first = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await fleet.send([443: "nginx", 8080: "java"], from: host, sequence: 2)
      try await fleet.context.queue.commit { session in
        let places = try PlaceNames(session)
        for (name, ports, process) in [("web", "443", "nginx"), ("mail", "25", "master")] {
          let text = ExpectationText(
            name: name, site: nil, hosts: ["10.0.0.5"], ports: ports, processes: [process], users: [], exposure: nil,
            required: true, note: nil)
          try session.setExpectation(try text.read(places, services: .builtIn, at: "/expectations/0"))
        }
      }
      let then = try await fleet.findings.check(for: .local, asOf: first).report
      #expect(then.rows.map(\.detail) == ["nc listens, and web expects nginx"] && then.missing.isEmpty)
      #expect(then.rows.first?.row.listener?.processes.map(\.name) == ["nc"] && then.compared == 2 && then.isWhole)
      let now = try await fleet.findings.check(for: .local).report
      #expect(now.rows.map(\.row.port) == [8080] && now.missing.map(\.name) == ["mail"])
      let same = try await fleet.findings.check(for: .local, asOf: fleet.clock.now).report
      #expect(same.rows.map(\.detail) == now.rows.map(\.detail) && same.missing == now.missing)
      #expect(same.compared == now.compared)
      let before = try await fleet.findings.check(for: .local, asOf: start).report
      #expect(before.rows.isEmpty && before.missing.count == 2 && before.compared == 0)
      _ = try await fleet.context.queue.commit { try $0.purgeHistory(before: first + .seconds(90), limit: 100) }
      await fleet.expectRefusal(.invalidValue, at: "asOf") {
        _ = try await fleet.findings.check(for: .local, asOf: first)
      }
    }
  }
}
