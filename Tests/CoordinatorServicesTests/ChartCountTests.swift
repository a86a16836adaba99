import CoordinatorCore
import CoordinatorStore
import Model
import Synchronization
import Testing

@testable import CoordinatorServices

@Suite struct ChartCountTests {
  @Test("Counts by each field add up to the rows they count, the most first", arguments: ChartGrouping.allCases)
  func addsUp(grouping: ChartGrouping) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/29", ports: "22,80")
      let odd = ProtocolPort(.tcp, 22)
      let even = ProtocolPort(.tcp, 80)
      while let grant = try await fleet.grant(agent) {
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: grant.job.rawValue % 2 == 0 ? [odd, even] : [odd])
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
        try await fleet.finish(grant, by: agent, chunks: 1)
      }
      #expect(try await fleet.state(scan) == .done)
      let query = try fleet.chart.query("")
      let rows = try await fleet.rows("")
      let counts = try await fleet.chart.counts(query, by: grouping, limit: 100).counts
      #expect(counts.reduce(0) { $0 + $1.endpoints } == rows.count)
      #expect(counts.map(\.endpoints) == counts.map(\.endpoints).sorted(by: >))
      let expected: [String?: Int] =
        switch grouping {
        case .port: Dictionary(grouping: rows) { String($0.port.rawValue) }.mapValues(\.count)
        case .host: Dictionary(grouping: rows) { $0.host.address.description }.mapValues(\.count)
        case .service: Dictionary(grouping: rows) { $0.port == 22 ? "ssh" : "http" }.mapValues(\.count)
        case .proto: ["tcp": rows.count]
        case .state: ["open": rows.count]
        case .verdict: ["no-inside-view": rows.count]
        case .zone, .site: ["default": rows.count]
        case .agent, .product: [nil: rows.count]
        }
      #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.value, $0.endpoints) }) == expected)
      if grouping == .port { #expect(try await fleet.chart.counts(query, by: grouping, limit: 1).counts.count == 1) }
      #expect(try await fleet.chart.counts(fleet.chart.query("port:81"), by: grouping, limit: 9).counts.isEmpty)
    }
  }

  @Test(
    "Counts of what takes long come in parts that add up to the whole; those that are kept come at once",
    arguments: ChartGrouping.allCases)
  func comesInParts(grouping: ChartGrouping) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.0/28", ports: "22,80")
      while let grant = try await fleet.grant(agent) {
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 22), ProtocolPort(.tcp, 80)])
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
        try await fleet.finish(grant, by: agent, chunks: 1)
      }
      for text in ["", "seen:7d", "port:22 seen:7d", "not net:10.0.0.0/30", "port:22 or seen:7d"] {
        let query = try fleet.chart.query(text)
        let whole = try await fleet.chart.counts(query, by: grouping, limit: 100)
        #expect(whole.next == nil && !whole.counts.isEmpty)
        var chart = fleet.chart
        chart.countLooks = 5
        var (sums, parts) = ([String?: Int](), 0)
        var place: ChartPosition?
        repeat {
          // A limit would leave out what another part has more of.
          let part = try await chart.counts(query, by: grouping, after: place, limit: 100)
          #expect(part.at == nil)
          for count in part.counts { sums[count.value, default: 0] += count.endpoints }
          place = part.next
          parts += 1
        } while place != nil && parts < 100
        #expect(sums == Dictionary(uniqueKeysWithValues: whole.counts.map { ($0.value, $0.endpoints) }), "\(text)")
        let isKept = text.isEmpty && ![.agent, .host, .product, .verdict].contains(grouping)
        #expect(isKept ? parts == 1 : parts > 1, "\(text): \(parts)")
      }
      var chart = fleet.chart
      chart.countLooks = 12
      let part = try await chart.counts(fleet.chart.query("seen:7d"), by: .host, limit: 1)
      #expect(part.next != nil && part.counts.count > 1)
    }
  }

  @Test("Of days past a large chart has the counts that were kept, which are those that would be counted")
  func keepsDays() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let rollup = CountRollup(context: fleet.context)
      func look(open: Set<ProtocolPort>) async throws {
        _ = try await fleet.submit("10.0.0.0/30", ports: "22,80")
        while let grant = try await fleet.grant(agent) {
          let chunk = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle), open: open)
          #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
          try await fleet.finish(grant, by: agent, chunks: 1)
        }
      }
      let day = Duration.seconds(86_400)
      var days: [Timestamp] = []
      let before = fleet.clock.now
      for open in [[22, 80], [22, 80], [80], []] as [[UInt16]] {
        fleet.clock.advance(by: day)
        try await look(open: Set(open.map { ProtocolPort(.tcp, Port($0)) }))
        // The second of a day changes nothing.
        for _ in 0..<2 { try await rollup.rollUp() }
        days.append(fleet.clock.now)
        fleet.clock.advance(by: .seconds(60))
      }
      let kept = try await fleet.context.store.read { [days] session in
        try days.map { try session.dailyCounts(by: $0)?.takenAt }
      }
      #expect(kept == [days[0], days[0], days[2], days[3]])
      for (index, time) in days.enumerated() {
        for text in ["", "port:22", "state:closed", "not service:ssh"] {
          let query = try fleet.chart.query(text, asOf: time)
          for grouping in ChartGrouping.allCases {
            let exact = try await fleet.chart.counts(query, by: grouping, limit: 100, exactUpTo: .max)
            let told = try await fleet.chart.counts(query, by: grouping, limit: 100, exactUpTo: 0)
            #expect(Set(told.counts) == Set(exact.counts), "\(text) by \(grouping) of day \(index)")
            #expect(exact.at == nil)
            let isKept = [.port, .proto, .service, .site, .state, .zone].contains(grouping)
            #expect(told.at == (isKept ? time : nil))
          }
        }
      }
      // Of the time in between they say when they were counted; of a time before the first day each is looked at.
      let later = try fleet.chart.query("", asOf: days[2] + .seconds(3_600))
      #expect(try await fleet.chart.counts(later, by: .port, limit: 9, exactUpTo: 0).at == days[2])
      let between = try fleet.chart.query("", asOf: days[0] + .seconds(3_600))
      #expect(try await fleet.chart.counts(between, by: .port, limit: 9, exactUpTo: 0).at == days[0])
      let early = try await fleet.chart.counts(
        fleet.chart.query("", asOf: before), by: .port, limit: 9, exactUpTo: 0)
      #expect(early.at == nil)
      #expect(early.counts.isEmpty)

      let purged = try await HistoryPurge(context: fleet.context, kept: fleet.clock.now - days[3] + .seconds(1)).purge()
      #expect(!purged.isEmpty)
      let left = try await fleet.context.store.read { [days] session in
        try days.map { try session.dailyCounts(by: $0)?.takenAt }
      }
      // The newest before what is kept tells of the time until the next.
      #expect(left == [nil, nil, days[2], days[3]])
    }
  }

  /// Fails with each statement of a kind but the first so many; nil: with none.
  private final class Ending: StatementWatch {
    let left = Mutex<Int?>(nil)

    func willRun(_ sql: String) throws {
      guard sql.hasPrefix("INSERT INTO endpoint_count_past") else { return }
      try left.withLock { left throws in
        guard let some = left else { return }
        guard some > 0 else { throw StoreError(.failed, "ended") }
        left = some - 1
      }
    }
  }

  @Test("A day whose counts were not all written is told of to nobody, and is written anew")
  func forgetsUnfinishedDays() async throws {
    let ending = Ending()
    try await Fleet.run(watch: ending) { fleet async throws in
      let agent = try await fleet.enrol("a")
      func look(_ ports: Set<UInt16>) async throws {
        _ = try await fleet.submit("10.0.0.0/30", ports: "22,80,443")
        try await fleet.workThrough(agent, open: Set(ports.map { ProtocolPort(.tcp, Port($0)) }))
      }
      func kept() async throws -> (at: Timestamp?, ports: [String?]) {
        let query = try fleet.chart.query("", asOf: fleet.clock.now)
        let told = try await fleet.chart.counts(query, by: .port, limit: 9, exactUpTo: 0)
        return (told.at, told.counts.map(\.value).sorted { ($0 ?? "") < ($1 ?? "") })
      }
      try await look([22])
      let first = fleet.clock.now
      try await CountRollup(context: fleet.context, part: 1).rollUp()
      fleet.clock.advance(by: .seconds(86_400))
      try await look([22, 80, 443])
      for written in 0..<3 {
        ending.left.withLock { $0 = written }
        await #expect(throws: StoreError.self) { try await CountRollup(context: fleet.context, part: 1).rollUp() }
        #expect(try await kept() == (first, ["22"]))
        fleet.clock.advance(by: .seconds(60))
      }
      ending.left.withLock { $0 = nil }
      // As after a start: what was begun is not gone on with.
      try await CountRollup(context: fleet.context, part: 1).rollUp()
      #expect(try await kept() == (fleet.clock.now, ["22", "443", "80"]))
      let query = try fleet.chart.query("", asOf: fleet.clock.now)
      #expect(
        try await Set(fleet.chart.counts(query, by: .port, limit: 9, exactUpTo: 0).counts)
          == Set(fleet.chart.counts(query, by: .port, limit: 9, exactUpTo: .max).counts))
    }
  }
}
