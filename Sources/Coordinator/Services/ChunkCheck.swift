internal import CoordinatorCore
internal import Model

/// Tells a chunk that says what it claims from one that does not: every endpoint of the completed rectangles has just
/// one state, and nothing else has any.
struct ChunkCheck {
  let space: ScanSpaces.Space
  let job: [WorkRectangle]
  let completedBefore: [WorkRectangle]

  /// Of the completed rectangles, the one in which an endpoint was found last: its neighbours come next.
  private var latest = 0

  init(space: ScanSpaces.Space, job: [WorkRectangle], completedBefore: [WorkRectangle]) {
    self.space = space
    self.job = job
    self.completedBefore = completedBefore
  }

  /// A row of the chunk, with the indices that it speaks of.
  private struct Row {
    enum List: String { case sightings, ranges }

    let place: WorkRectangle
    let list: List
    let index: Int

    var pointer: String { "/\(list.rawValue)/\(index)" }
  }

  /// Throws a `Refusal` that points at the first fault.
  mutating func check(_ chunk: ResultService.Chunk) throws {
    for (index, rectangle) in chunk.completed.enumerated() {
      guard job.contains(where: { $0.contains(rectangle) }) || [rectangle].subtracting(job).isEmpty else {
        throw Refusal(.invalidValue, "the rectangle is not a part of the job", at: "/completed/\(index)")
      }
      guard !completedBefore.contains(where: { $0.touches(rectangle) }),
        !chunk.completed[..<index].contains(where: { $0.touches(rectangle) })
      else { throw Refusal(.invalidValue, "the rectangle was completed before", at: "/completed/\(index)") }
    }
    for (index, outcome) in chunk.hosts.enumerated() {
      guard let host = space.targets.index(of: outcome.host), job.contains(where: { $0.hosts.contains(host) }) else {
        throw Refusal(.invalidValue, "the host is not a part of the job", at: "/hosts/\(index)/host")
      }
    }
    var rows: [Row] = []
    rows.reserveCapacity(chunk.sightings.count + chunk.runs.count)
    for (index, sighting) in chunk.sightings.enumerated() {
      guard let place = place(of: sighting.host, sighting.endpoint...sighting.endpoint, in: chunk) else {
        throw Refusal(.invalidValue, "the endpoint is not in a completed rectangle", at: "/sightings/\(index)")
      }
      rows.append(Row(place: place, list: .sightings, index: index))
    }
    for (index, run) in chunk.runs.enumerated() {
      let first = ProtocolPort(run.transport, Port(run.run.ports.lowerBound))
      let last = ProtocolPort(run.transport, Port(run.run.ports.upperBound))
      guard let place = place(of: run.host, first...last, in: chunk) else {
        throw Refusal(.invalidValue, "the ports are not in a completed rectangle", at: "/ranges/\(index)")
      }
      rows.append(Row(place: place, list: .ranges, index: index))
    }
    try demandDisjoint(rows)
    let counted = rows.reduce(UInt128(0)) { $0 + $1.place.count }
    guard counted == chunk.completed.endpointCount else {
      throw Refusal(
        .invalidValue, "\(chunk.completed.endpointCount) endpoints are completed but \(counted) have a state",
        at: "/completed")
    }
  }

  /// An endpoint told twice would stand in for one that is missing.
  private func demandDisjoint(_ rows: [Row]) throws {
    let sorted = rows.sorted {
      $0.place.hosts.lowerBound == $1.place.hosts.lowerBound
        ? $0.place.ports.lowerBound < $1.place.ports.lowerBound
        : $0.place.hosts.lowerBound < $1.place.hosts.lowerBound
    }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left.place.touches(right.place) {
      throw Refusal(.invalidValue, "an endpoint has two states", at: right.pointer)
    }
  }

  /// The indices of some ports of a host; nil unless all of them are in the chunk's completed rectangles.
  private mutating func place(
    of host: HostAddress, _ ports: ClosedRange<ProtocolPort>, in chunk: ResultService.Chunk
  ) -> WorkRectangle? {
    guard let hostIndex = space.targets.index(of: host), let first = space.ports.index(of: ports.lowerBound),
      let last = space.ports.index(of: ports.upperBound),
      // Neighbouring numbers are neighbouring indices unless a port between them was not asked for.
      last - first == Int(ports.upperBound.port.rawValue) - Int(ports.lowerBound.port.rawValue)
    else { return nil }
    let run = WorkRectangle(hosts: hostIndex..<(hostIndex + 1), ports: first..<(last + 1))
    for _ in chunk.completed {
      if chunk.completed[latest].contains(run) { return run }
      latest = (latest + 1) % chunk.completed.count
    }
    return [run].subtracting(chunk.completed).isEmpty ? run : nil
  }

  /// Services are told where they were asked for, and of TCP alone.
  static func checkServices(_ chunk: ResultService.Chunk, of scan: ScanRecord) throws {
    let isAsked = scan.request.placement.needs.contains(.identification)
    for (index, sighting) in chunk.sightings.enumerated() where sighting.service != nil {
      guard isAsked, sighting.endpoint.transport == .tcp else {
        throw Refusal(.invalidValue, "nobody asked for this service", at: "/sightings/\(index)/service")
      }
    }
  }

  /// Names only of the scan's hosts, and only where they are asked for.
  static func checkNames(_ chunk: ResultService.Chunk, of scan: ScanRecord, in space: ScanSpaces.Space) throws {
    for (index, named) in chunk.names.enumerated() {
      guard scan.request.looksUpNames else {
        throw Refusal(.invalidValue, "nobody asked for names", at: "/names/\(index)")
      }
      guard space.targets.index(of: named.host) != nil else {
        throw Refusal(.invalidValue, "the host is not a part of the scan", at: "/names/\(index)/host")
      }
    }
  }

  /// What became of echoes only of the scan's hosts, and once of each.
  static func checkHosts(_ chunk: ResultService.Chunk, in space: ScanSpaces.Space) throws {
    var told: Set<HostAddress> = []
    for (index, outcome) in chunk.hosts.enumerated() {
      guard space.targets.index(of: outcome.host) != nil else {
        throw Refusal(.invalidValue, "the host is not a part of the scan", at: "/hosts/\(index)/host")
      }
      guard told.insert(outcome.host).inserted else {
        throw Refusal(.invalidValue, "the host is told twice", at: "/hosts/\(index)/host")
      }
    }
  }

  /// What a late chunk may still speak of: endpoints of its scan. Its job may have been cut anew since.
  static func checkLate(_ chunk: ResultService.Chunk, in space: ScanSpaces.Space) throws {
    for (index, sighting) in chunk.sightings.enumerated()
    where space.targets.index(of: sighting.host) == nil || space.ports.index(of: sighting.endpoint) == nil {
      throw Refusal(.invalidValue, "the endpoint is not a part of the scan", at: "/sightings/\(index)")
    }
  }
}
