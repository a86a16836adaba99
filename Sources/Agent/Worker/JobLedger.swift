package import Model
package import Wire

/// Keeps what has been seen of a job until it leaves in chunks. A chunk names just the endpoints whose states it holds,
/// so that one slow host holds nothing back.
package struct JobLedger {
  private struct Entry {
    var endpoint: ProtocolPort
    var state: EndpointState
    var reason: ProbeReason
    var isSelfView: Bool
    var rttMicroseconds: Int?
    var observedAt: Duration
    var service: ServiceAnswer?
  }

  private struct HostKey: Hashable, Comparable {
    var block: Int
    var hostOffset: Int

    static func < (left: HostKey, right: HostKey) -> Bool {
      (left.block, left.hostOffset) < (right.block, right.hostOffset)
    }
  }

  /// The part of a chunk that the job decides; the lease and the number come with the sending.
  package struct Content: Sendable {
    package var completed: [WorkRectangle] = []
    package var sightings: [Sighting] = []
    package var ranges: [StateRange] = []
    package var names: [NamedHost] = []
    package var hosts: [HostOutcome] = []
    fileprivate var serviceBytes = 0

    fileprivate var rowsLeft: Int { WireLimits.rowsPerChunk - sightings.count - ranges.count }

    /// Whether a row of a sighting with a service of so many octets fits; the first one always does.
    fileprivate func fits(serviceBytes bytes: Int) -> Bool {
      serviceBytes == 0 || serviceBytes + bytes <= WireLimits.serviceBytesPerChunk
    }
  }

  /// What became of a host's echoes.
  private struct Echo {
    /// From the first answer to the last, or where there was none when the host was done with.
    var times: ClosedRange<Duration>
    var isAnswered: Bool
  }

  private let rectangles: [WorkRectangle]
  private var names: [NamedHost] = []
  private var echoes: [HostAddress: Echo] = [:]
  /// Hosts of which a port says already that they are there, and those before which somebody forbids probes: their silence to
  /// an echo says nothing.
  private var answered: Set<HostAddress> = []
  private var forbidden: Set<HostAddress> = []
  private var waiting: [HostKey: (host: HostAddress, entries: [Int: Entry])] = [:]
  /// Endpoints that wait for a chunk.
  package private(set) var waitingCount = 0
  package private(set) var recordedCount = 0

  package init(rectangles: [WorkRectangle]) { self.rectangles = rectangles }

  package mutating func record(_ observation: ProbeObservation) {
    let key = HostKey(block: observation.block, hostOffset: observation.hostOffset)
    let entry = Entry(
      endpoint: observation.endpoint, state: observation.state, reason: observation.reason,
      isSelfView: observation.isSelfView, rttMicroseconds: observation.roundTrip.map { Int($0.microseconds) },
      observedAt: observation.observedAt, service: observation.service)
    waiting[key, default: (observation.host, [:])].entries[observation.portOffset] = entry
    waitingCount += 1
    recordedCount += 1
    switch observation.state {
    case .open, .closed: if answered.insert(observation.host).inserted { echoes[observation.host] = nil }
    case .filtered where observation.reason != .noResponse,
      .unreachable where observation.reason != .noResponse && observation.reason != .hostUnreachable:
      if forbidden.insert(observation.host).inserted, echoes[observation.host]?.isAnswered == false {
        echoes[observation.host] = nil
      }
    case .filtered, .openOrFiltered, .unreachable, .unchecked: break
    }
  }

  /// Takes what became of a host's echo, if no port of the job says more.
  package mutating func record(_ echo: ProbeEcho) {
    guard !answered.contains(echo.host), echo.isAnswered || !forbidden.contains(echo.host) else { return }
    var news = Echo(times: echo.observedAt...echo.observedAt, isAnswered: echo.isAnswered)
    // A host may stand in several blocks: an answer says more than silence.
    if let known = echoes[echo.host] {
      if known.isAnswered, !news.isAnswered { return }
      if known.isAnswered == news.isAnswered {
        news.times =
          min(known.times.lowerBound, echo.observedAt)...max(known.times.upperBound, echo.observedAt)
      }
    }
    echoes[echo.host] = news
  }

  package mutating func record(_ named: [NamedHost]) { names += named }

  /// Takes what fits into one chunk; nil when nothing waits. `time` turns an uptime into the coordinator's time.
  package mutating func takeContent(time: (Duration) -> Timestamp) -> Content? {
    guard waitingCount > 0 || !names.isEmpty || !echoes.isEmpty else { return nil }
    var content = Content()
    content.names = Array(names.prefix(WireLimits.rowsPerChunk))
    names.removeFirst(content.names.count)
    content.hosts = takeOutcomes(time: time)
    var completed = WorkRectangle.Gatherer()
    for key in waiting.keys.sorted() {
      guard let host = waiting[key]?.host, var entries = waiting[key]?.entries else { continue }
      for offsets in entries.keys.sorted().neighbouringRuns() {
        guard content.rowsLeft > 0, completed.rectangles.count < WireLimits.rowsPerChunk else { break }
        let run = offsets.compactMap { entries[$0] }
        let taken = offsets.prefix(add(run, of: host, to: &content, time: time))
        addCompleted(key, taken, to: &completed)
        for offset in taken { entries[offset] = nil }
        waitingCount -= taken.count
      }
      waiting[key] = entries.isEmpty ? nil : (host, entries)
      if content.rowsLeft <= 0 || !content.fits(serviceBytes: 1) { break }
    }
    content.completed = completed.rectangles
    return content
  }

  private mutating func takeOutcomes(time: (Duration) -> Timestamp) -> [HostOutcome] {
    guard !echoes.isEmpty else { return [] }
    return echoes.keys.sorted().prefix(WireLimits.rowsPerChunk).compactMap { host in
      guard let echo = echoes.removeValue(forKey: host) else { return nil }
      let isOnce = !echo.isAnswered || echo.times.lowerBound == echo.times.upperBound
      return HostOutcome(
        host: host, reason: echo.isAnswered ? .echoReply : .noResponse,
        firstAt: isOnce ? nil : time(echo.times.lowerBound), observedAt: time(echo.times.upperBound))
    }
  }

  /// Adds neighbouring entries for as long as their rows fit: an open port takes one, and so does a whole range in
  /// another state. Returns how many entries were added.
  private func add(
    _ entries: [Entry], of host: HostAddress, to content: inout Content, time: (Duration) -> Timestamp
  ) -> Int {
    for (index, entry) in entries.enumerated() {
      let observedAt = time(entry.observedAt)
      guard entry.state != .open else {
        let service = entry.service.map { ServiceFacts($0) }
        let bytes = service?.textBytes ?? 0
        guard content.rowsLeft > 0, content.fits(serviceBytes: bytes) else { return index }
        content.serviceBytes += bytes
        content.sightings.append(
          Sighting(
            host: host, transport: entry.endpoint.transport, port: entry.endpoint.port, state: .open,
            reason: entry.reason, observedAt: observedAt, rttMicroseconds: entry.rttMicroseconds,
            isSelfView: entry.isSelfView, service: service))
        continue
      }
      if index > 0, let last = content.ranges.last, last.host == host, last.transport == entry.endpoint.transport,
        Int(last.lastPort.rawValue) + 1 == Int(entry.endpoint.port.rawValue), last.state == entry.state,
        last.reason == entry.reason, last.isSelfView == entry.isSelfView
      {
        content.ranges[content.ranges.count - 1].lastPort = entry.endpoint.port
        content.ranges[content.ranges.count - 1].observedAt = max(last.observedAt, observedAt)
      } else {
        guard content.rowsLeft > 0 else { return index }
        content.ranges.append(
          StateRange(
            host: host, transport: entry.endpoint.transport, firstPort: entry.endpoint.port,
            lastPort: entry.endpoint.port, state: entry.state, reason: entry.reason, observedAt: observedAt,
            isSelfView: entry.isSelfView))
      }
    }
    return entries.count
  }

  private func addCompleted(
    _ key: HostKey, _ offsets: Range<Int>, to completed: inout WorkRectangle.Gatherer
  ) {
    guard let first = offsets.first, let last = offsets.last else { return }
    let whole = rectangles[key.block]
    completed.add(
      host: whole.hosts.lowerBound + UInt128(key.hostOffset),
      ports: (whole.ports.lowerBound + first)..<(whole.ports.lowerBound + last + 1))
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
