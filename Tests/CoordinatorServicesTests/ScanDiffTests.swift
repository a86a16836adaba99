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
          "10.0.0.3 1 found", "10.0.0.3 3 found",
        ])
      #expect(changed.counts == [.unchanged: 2, .closed: 2, .opened: 2, .notCovered: 2, .found: 2])
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
}
