import Glibc
import LocalSystem
import Model
import ScanEngine
import Testing

@testable import ScanReporting

/// A folder that goes away with the test.
private final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/periplus-journal-XXXXXX\0".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for name in ["j", "j.new"] { unlink(path + "/" + name) }
    rmdir(path)
  }

  var journal: String { path + "/j" }

  func bytes() throws -> [UInt8] { try TextFile.readBytes(journal, maximumBytes: 1 << 26) }

  func write(_ bytes: [UInt8]) {
    let descriptor = open(journal, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let count = Glibc.write(descriptor, bytes, bytes.count)
    #expect(count == bytes.count)
    close(descriptor)
  }
}

@Suite("The journal of a scan")
struct JournalTests {
  private var plan: JournalPlan {
    JournalPlan(
      targets: AddressSet([
        HostRange(AddressRange(network: IPAddress(ipv4: 0x0a00_0000), prefixLength: 8)),
        HostRange(AddressRange(IPAddress.ipv6Loopback), interface: "eth0"),
      ]),
      ports: PortSelection(tcp: PortSet([1...100, 443...443])),
      refusedPorts: PortSelection(tcp: PortSet([9100...9100])), names: [IPAddress(ipv4: 0x0a00_0001): "a.example"],
      options: ["--rate": "100", "-Pn": ""], startedAt: Timestamp(milliseconds: 1_795_474_503_123))
  }

  private func host(_ last: UInt32) -> HostAddress { HostAddress(IPAddress(ipv4: 0x0a00_0000 + last)) }

  private func row(
    _ host: UInt32, _ port: UInt16, _ state: EndpointState = .filtered, _ reason: ProbeReason = .noResponse,
    identity: ServiceIdentity? = nil
  ) -> ScanRow {
    ScanRow(
      host: self.host(host), port: ProtocolPort(.tcp, Port(port)), state: state, reason: reason,
      roundTripMicroseconds: state == .open ? 250 : nil, identity: identity)
  }

  private var summary: HostSummary {
    HostSummary(
      presence: .silent, reason: .noResponse, ending: .silent, isSelf: false, roundTrip: nil,
      startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2))
  }

  @Test("Every record reads back as it was")
  func records() throws {
    let evidence = IcmpEvidence(family: .ipv6, type: 1, code: 4, sender: try #require(IPAddress("fe80::1")))
    let identity = ServiceIdentity(
      service: "http", product: "p q", banner: "line\\n \u{2028}", confidence: .likely,
      tls: TLSIdentity(start: .upgrade, version: "TLSv1.2"))
    let records: [JournalRecord] = [
      .run(
        WorkRectangle(hosts: 5..<(1 << 100), ports: 0..<101),
        ScanOutcome(state: .filtered, reason: .adminProhibited, icmp: evidence), isSelf: false),
      .run(
        WorkRectangle(hosts: 0..<1, ports: 7..<8), ScanOutcome(state: .openOrFiltered, reason: .noResponse),
        isSelf: true),
      .open(
        JournalRecord.OpenEndpoint(
          host: 3, port: 2, reason: .synAck, isSelf: false, roundTripMicroseconds: 77, identity: identity)),
      .open(JournalRecord.OpenEndpoint(host: 3, port: 2, reason: .synAck, isSelf: true, roundTripMicroseconds: nil)),
      .hosts(4..<9, summary),
      .hosts(
        4..<5,
        HostSummary(
          presence: .up, reason: .synAck, ending: .hostTimeout, isSelf: true,
          roundTrip: HostSummary.RoundTrip(smoothed: 1, variation: 2, timeout: 3),
          startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2))),
      .excludedAddresses(plan.targets), .excludedPorts(plan.ports), .resumed(plan.startedAt),
      .interrupted(plan.startedAt), .finished(plan.startedAt),
    ]
    for record in records {
      #expect(JournalRecord(record.text) == record)
      #expect(!record.text.contains("\n"))
    }
    for text in [
      "", "run", "run 1 0 0 0 open x - -", "open 1", "hosts 1 2", "exclude name.example", "finished x", "odd 1",
      "run 0 0 0 0 filtered port-unreach - 3/3", "run 0 0 0 0 filtered port-unreach - 3/300/10.0.0.1",
    ] {
      #expect(JournalRecord(text) == nil)
    }
  }

  @Test("A journal gives back its plan and what was recorded, and says when it is finished")
  func roundTrip() throws {
    let folder = try Folder()
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      for port in UInt16(1)...100 { journal.record(row(7, port)) }
      journal.record(row(7, 443, .open, .synAck))
      journal.record(row(8, 1, .unchecked, .cutShort))
      journal.record(host(7), summary)
      journal.note(.finished(Timestamp(milliseconds: 5)))
      #expect(journal.failure == nil)
      #expect(throws: JournalError(path: folder.journal, code: .inUse)) { try ScanJournal.open(folder.journal) }
    }
    let (_, content) = try ScanJournal.open(folder.journal)
    #expect(content.plan == plan)
    #expect(content.isFinished)
    #expect(content.runs.map(\.rectangle) == [WorkRectangle(hosts: 7..<8, ports: 0..<100)])
    #expect(content.open.map(\.port) == [100])
    #expect(content.hosts.map(\.hosts) == [7..<8])
    #expect(
      content.coverage(hostsAlone: false).rectangles == [WorkRectangle(hosts: 7..<8, ports: 0..<101)])
    #expect(throws: JournalError.self) { try ScanJournal.create(folder.journal, plan) }
  }

  @Test("What this host could not look at is left for the next time, what was not to be looked at is settled")
  func ownFailures() throws {
    let folder = try Folder()
    func hidden(_ presence: HostObservation.Presence, _ reason: ProbeReason) -> HostSummary {
      HostSummary(
        presence: presence, reason: reason, ending: .complete, isSelf: false, roundTrip: nil,
        startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2))
    }
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      let kept: [ProbeReason] = [.policy, .hostSilent, .hostTimeout, .everythingOpen]
      for (index, reason) in kept.enumerated() { journal.record(row(1, UInt16(index + 1), .unchecked, reason)) }
      journal.record(host(1), hidden(.unchecked, .policy))
      #expect(!journal.leavesWork)
      let left: [ProbeReason] = [.noLocalRoute, .localResources, .localError, .localDenied]
      for (index, reason) in left.enumerated() { journal.record(row(2, UInt16(index + 1), .unchecked, reason)) }
      #expect(journal.leavesWork)
      journal.record(host(2), hidden(.unchecked, .noLocalRoute))
      journal.record(host(3), hidden(.silent, .noResponse))
      journal.note(.interrupted(Timestamp(milliseconds: 3)))
    }
    let (_, content) = try ScanJournal.open(folder.journal)
    #expect(
      content.coverage(hostsAlone: false).rectangles == [WorkRectangle(hosts: 1..<2, ports: 0..<4)])
    #expect(content.hosts.map(\.hosts) == [1..<2, 3..<4])
  }

  @Test("A torn end is dropped wherever it was torn, and what comes then follows what was whole")
  func tornEnd() throws {
    let folder = try Folder()
    var lengths: [Int] = []
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      lengths.append(try folder.bytes().count)
      for host in UInt32(0)..<3 {
        journal.record(row(host * 2, 80))
        journal.write()
        lengths.append(try folder.bytes().count)
      }
    }
    let whole = try folder.bytes()
    for length in lengths[0]...whole.count {
      folder.write(Array(whole[..<length]))
      let expected = lengths.last { $0 <= length }
      do {
        let (journal, content) = try ScanJournal.open(folder.journal)
        #expect(content.validLength == expected)
        #expect(content.runs.count == lengths.firstIndex(of: content.validLength))
        journal.note(.resumed(Timestamp(milliseconds: 9)))
      }
      let (_, again) = try ScanJournal.open(folder.journal)
      #expect(again.endedAt == Timestamp(milliseconds: 9))
    }
  }

  @Test("A head that is torn, another file and a damaged middle are refused, the last with its place")
  func damage() throws {
    let folder = try Folder()
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      for host in UInt32(0)..<3 {
        journal.record(row(host * 2, 80))
        journal.write()
      }
    }
    let whole = try folder.bytes()
    let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let head = try #require(lines.firstIndex { $0.suffix(9) == ArraySlice("plan-ends".utf8) })
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var bytes = whole
      let place = Int.random(in: 0..<(lines[head + 2].startIndex - 1), using: &generator)
      bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
      folder.write(bytes)
      let error = #expect(throws: JournalError.self) { try ScanJournal.open(folder.journal) }
      if case .damaged(let line, let offset) = error?.code {
        #expect(line > 1 && offset <= place)
      } else if case .foreign = error?.code {
        #expect(place <= lines[head].endIndex)
      } else {
        Issue.record("\(String(describing: error)) for octet \(place)")
      }
    }
    var bytes = whole
    bytes[lines[head + 1].startIndex + 12] ^= 1
    folder.write(bytes)
    let offset = lines[head + 1].startIndex
    #expect(throws: JournalError(path: folder.journal, code: .damaged(line: head + 2, offset: offset))) {
      try ScanJournal.open(folder.journal)
    }
    for foreign in [[], Array("hello\n".utf8), Array(whole[..<40])] {
      folder.write(foreign)
      let error = #expect(throws: JournalError.self) { try ScanJournal.open(folder.journal) }
      guard case .foreign = error?.code else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test("A journal is told host by host, ascending, each with what was found of it")
  func replay() throws {
    let folder = try Folder()
    var expected: [String] = []
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      var generator = SystemRandomNumberGenerator()
      for host in UInt32(0)..<60 where host % 7 != 3 {
        for port in UInt16(1)...20 where Int.random(in: 0..<3, using: &generator) > 0 {
          let isOpen = Int.random(in: 0..<20, using: &generator) == 0
          let row = isOpen ? row(host, port, .open, .synAck) : row(host, port)
          journal.record(row)
          expected.append("\(row.host) \(port) \(row.state)")
          if Int.random(in: 0..<50, using: &generator) == 0 { journal.write() }
        }
        if host % 5 != 0 {
          journal.record(self.host(host), summary)
          expected.append("\(self.host(host)) done")
        }
      }
      journal.write()
    }
    let (_, content) = try ScanJournal.open(folder.journal)
    let space = try TargetSpace(plan.targets)
    for content in [content, content.compacted] {
      let recorder = Recorder()
      let reporter = ScanReporter(rows: [recorder], hosts: [recorder])
      var replay = JournalReplay(content, space: space)
      replay.tell(reporter, hostsAlone: false)
      #expect(recorder.told.sorted() == expected.sorted())
      #expect(recorder.hosts == recorder.hosts.sorted())
      let hosts = Recorder()
      var again = JournalReplay(content, space: space)
      again.tell(ScanReporter(rows: [hosts], hosts: [hosts]), hostsAlone: true)
      #expect(hosts.told == expected.filter { $0.hasSuffix("done") })
    }
  }

  @Test("Of what is said twice of a host the later counts, and a host that is at work again is not done")
  func hostsSaidTwice() throws {
    let folder = try Folder()
    let up = HostSummary(
      presence: .up, reason: .synAck, ending: .complete, isSelf: false, roundTrip: nil,
      startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2))
    do {
      let journal = try ScanJournal.create(folder.journal, plan)
      for host in UInt32(0)..<10 { journal.record(self.host(host), summary) }
      journal.write()
      for host in [UInt32(0), 4, 12] { journal.record(self.host(host), up) }
      journal.write()
    }
    let (_, content) = try ScanJournal.open(folder.journal)
    let recorder = Recorder()
    let reporter = ScanReporter(rows: [], hosts: [recorder])
    var replay = JournalReplay(content, space: try TargetSpace(plan.targets))
    replay.tell(reporter, hostsAlone: false, unfinished: AddressSet([HostRange(host(2)), HostRange(host(12))]))
    #expect(recorder.hosts == ([0, 1] + Array(3..<10)).map { host(UInt32($0)) })
    #expect(reporter.hosts == 9)
    let said = JournalBatch.disjoint(content.hosts)
    #expect(said.filter { $0.summary == up }.map(\.hosts) == [0..<1, 4..<5, 12..<13])
  }

  @Test("Lines whose checksum is right and whose words are not are refused, and never a trap")
  func hostileRecords() throws {
    let folder = try Folder()
    do { _ = try ScanJournal.create(folder.journal, plan) }
    let head = try folder.bytes()
    let most = UInt128.max
    for text in [
      "run 0 \(most) 0 0 closed conn-refused - -", "run 1 0 0 0 closed conn-refused - -",
      "run 0 0 0 101 closed conn-refused - -", "run 0 0 9 8 closed conn-refused - -",
      "run 0 0 0 \(Int.max) closed conn-refused - -", "open 0 101 syn-ack - - -", "open \(most) 0 syn-ack - - -",
      "open 0 -1 syn-ack - - -", "open 0 0 syn-ack - - {}", "hosts 0 99999999 up syn-ack complete - - - - 0 0",
      "exclude a.example", "exclude-ports 99999", "run", "",
    ] {
      folder.write(head + Array(JournalLine.text(text).utf8))
      let error = #expect(throws: JournalError.self, "\(text)") { try ScanJournal.open(folder.journal) }
      #expect(error?.code == .damaged(line: JournalHeader.lines(plan).count + 1, offset: head.count))
    }
  }

  private final class Recorder: RowOutput, HostOutput {
    var told: [String] = []
    var hosts: [HostAddress] = []

    func begin() {}
    func end(_ ending: ScanEnding) {}
    func add(_ row: ScanRow) {
      told.append("\(row.host) \(row.port.port) \(row.state)")
    }
    func add(_ host: HostResult) {
      told.append("\(host.host) done")
      hosts.append(host.host)
    }
  }

  @Test("A dark network that is scanned evenly takes a line a second, however many its hosts")
  func darkNetwork() {
    var batch = JournalBatch()
    for host in UInt128(0)..<8192 {
      for port in 0..<10 { batch.add(row(UInt32(host), UInt16(port + 1)), host: host, port: port) }
      batch.add(summary, host: host)
    }
    #expect(
      batch.records == [
        .run(
          WorkRectangle(hosts: 0..<8192, ports: 0..<10), ScanOutcome(state: .filtered, reason: .noResponse),
          isSelf: false), .hosts(0..<8192, summary),
      ])
  }

  @Test("A file that grows is written anew with the same content in fewer lines")
  func compaction() throws {
    let folder = try Folder()
    var longest = 0
    do {
      let journal = try ScanJournal.create(folder.journal, plan, leastCompaction: 100_000)
      // Each write leaves holes that the next one fills: no two lines of it meet.
      for portion in 0..<20 {
        for parity in [UInt32(0), 1] {
          for index in 0..<UInt32(1_000) {
            journal.record(row((UInt32(portion) * 1_000 + index) * 2 + parity, 80))
          }
          journal.write()
          longest = max(longest, try folder.bytes().count)
        }
      }
      journal.record(row(500_000, 80, .open, .synAck))
      journal.note(.interrupted(Timestamp(milliseconds: 1)))
      #expect(journal.failure == nil)
    }
    #expect(longest > 50_000 && longest < 400_000)
    let (_, content) = try ScanJournal.open(folder.journal)
    #expect(
      content.coverage(hostsAlone: false).rectangles == [
        WorkRectangle(hosts: 0..<40_000, ports: 79..<80), WorkRectangle(hosts: 500_000..<500_001, ports: 79..<80),
      ])
    #expect(content.plan == plan)
  }
}
