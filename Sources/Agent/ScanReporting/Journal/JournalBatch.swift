internal import Model
internal import ScanEngine

/// What was found since a journal was last written, made into few records.
package struct JournalBatch {
  private struct Key: Hashable {
    let outcome: ScanOutcome
    let isSelf: Bool
  }

  private var open: [JournalRecord.OpenEndpoint] = []
  private var others: [Key: [UInt128: RunList<Int32>]] = [:]
  private var hosts: [(hosts: Range<UInt128>, summary: HostSummary)] = []

  /// Endpoints and hosts inside.
  package private(set) var count = 0

  package init() {}

  /// Adds an endpoint by its indices.
  package mutating func add(_ row: ScanRow, host: UInt128, port: Int) {
    count += 1
    if row.state == .open {
      open.append(
        JournalRecord.OpenEndpoint(
          host: host, port: port, reason: row.reason, isSelf: row.isSelf,
          roundTripMicroseconds: row.roundTripMicroseconds, identity: row.identity))
    } else {
      let key = Key(outcome: row.outcome, isSelf: row.isSelf)
      others[key, default: [:]][host, default: RunList()].add(Int32(port))
    }
  }

  package mutating func add(_ summary: HostSummary, host: UInt128) {
    count += 1
    hosts.append((host..<(host + 1), summary))
  }

  /// The records: endpoints first, so that a host that is called done has its endpoints before it.
  package var records: [JournalRecord] {
    var records: [JournalRecord] = []
    for (key, hosts) in others {
      var pieces: [(ports: Range<Int>, host: UInt128)] = []
      for (host, runs) in hosts {
        for run in runs.sorted { pieces.append((Int(run.lowerBound)..<Int(run.upperBound) + 1, host)) }
      }
      // Hosts with the same ports stand together, so that neighbours share a rectangle.
      pieces.sort {
        ($0.ports.lowerBound, $0.ports.upperBound, $0.host) < ($1.ports.lowerBound, $1.ports.upperBound, $1.host)
      }
      var gatherer = WorkRectangle.Gatherer()
      for piece in pieces { gatherer.add(host: piece.host, ports: piece.ports) }
      records += gatherer.rectangles.map { .run($0, key.outcome, isSelf: key.isSelf) }
    }
    records += open.map { .open($0) }
    return records + Self.joined(hosts).map { .hosts($0.hosts, $0.summary) }
  }

  /// Ascending, and each host once: of what was said twice of a host the later counts.
  static func disjoint(
    _ hosts: [(hosts: Range<UInt128>, summary: HostSummary)]
  ) -> [(hosts: Range<UInt128>, summary: HostSummary)] {
    let sorted = hosts.enumerated().sorted { $0.element.hosts.lowerBound < $1.element.hosts.lowerBound }
    var result: [(hosts: Range<UInt128>, summary: HostSummary)] = []
    var active: [(offset: Int, element: (hosts: Range<UInt128>, summary: HostSummary))] = []
    var next = 0
    var position: UInt128 = 0
    while next < sorted.count || !active.isEmpty {
      if active.isEmpty { position = sorted[next].element.hosts.lowerBound }
      while next < sorted.count, sorted[next].element.hosts.lowerBound == position {
        active.append((sorted[next].offset, sorted[next].element))
        next += 1
      }
      guard let latest = active.max(by: { $0.offset < $1.offset }) else { break }
      var end = next < sorted.count ? sorted[next].element.hosts.lowerBound : UInt128.max
      for entry in active { end = min(end, entry.element.hosts.upperBound) }
      result.append((position..<end, latest.element.summary))
      active.removeAll { $0.element.hosts.upperBound <= end }
      position = end
    }
    return result
  }

  /// Neighbouring hosts that nobody answered for, and of which the same is told, as one; the earliest start and the
  /// latest end stand for all.
  static func joined(
    _ hosts: [(hosts: Range<UInt128>, summary: HostSummary)]
  ) -> [(hosts: Range<UInt128>, summary: HostSummary)] {
    disjoint(hosts).reduce(into: []) { result, next in
      guard let last = result.last, last.hosts.upperBound == next.hosts.lowerBound,
        let summary = last.summary.joined(with: next.summary)
      else {
        result.append(next)
        return
      }
      result[result.count - 1] = (last.hosts.lowerBound..<next.hosts.upperBound, summary)
    }
  }
}

extension HostSummary {
  fileprivate func joined(with other: HostSummary) -> HostSummary? {
    guard presence != .up, presence == other.presence, reason == other.reason, ending == other.ending,
      isSelf == other.isSelf, roundTrip == nil, other.roundTrip == nil
    else { return nil }
    return HostSummary(
      presence: presence, reason: reason, ending: ending, isSelf: isSelf, roundTrip: nil,
      startedAt: min(startedAt, other.startedAt), endedAt: max(endedAt, other.endedAt))
  }
}
