/// The union of rectangles in one canonical form: disjoint intervals of hosts, ascending and as long as they can be, each
/// with the ports that all of its hosts share.
package struct WorkCoverage: Equatable, Sendable {
  /// Neighbouring hosts with the same ports.
  package struct Segment: Hashable, Sendable {
    package let hosts: Range<UInt128>

    /// Ascending, disjoint, as long as they can be; at least one.
    package let ports: [Range<Int>]
  }

  package private(set) var segments: [Segment] = []

  /// The union of `rectangles`, which may overlap and come in any order.
  ///
  /// A sweep over the hosts: O(n log n), times the number of rectangles that any one host lies in.
  package init(_ rectangles: some Sequence<WorkRectangle>) {
    let sorted = rectangles.sorted { $0.hosts.lowerBound < $1.hosts.lowerBound }
    var next = 0
    var position: UInt128 = 0
    // The rectangles that hold the host at `position`.
    var active: [WorkRectangle] = []
    while next < sorted.count || !active.isEmpty {
      if active.isEmpty { position = sorted[next].hosts.lowerBound }
      while next < sorted.count, sorted[next].hosts.lowerBound == position {
        active.append(sorted[next])
        next += 1
      }
      // The same ports hold until a rectangle ends or the next begins.
      var end = next < sorted.count ? sorted[next].hosts.lowerBound : UInt128.max
      for rectangle in active { end = min(end, rectangle.hosts.upperBound) }
      append(position..<end, Self.union(active.map(\.ports)))
      active.removeAll { $0.hosts.upperBound == end }
      position = end
    }
  }

  /// What is left of `whole` without this, in the same form.
  package func remainder(of whole: WorkRectangle) -> [Segment] {
    var rest: [Segment] = []
    var position = whole.hosts.lowerBound
    func keep(_ hosts: Range<UInt128>, _ ports: [Range<Int>]) {
      if !hosts.isEmpty, !ports.isEmpty { rest.append(Segment(hosts: hosts, ports: ports)) }
    }
    for segment in segments {
      let hosts = segment.hosts.clamped(to: whole.hosts)
      guard !hosts.isEmpty else { continue }
      keep(position..<hosts.lowerBound, [whole.ports])
      keep(hosts, Self.gaps(in: segment.ports, of: whole.ports))
      position = hosts.upperBound
    }
    keep(position..<whole.hosts.upperBound, [whole.ports])
    return rest
  }

  /// The same as disjoint rectangles, ascending by host and then by port.
  package var rectangles: [WorkRectangle] {
    segments.flatMap { segment in segment.ports.map { WorkRectangle(hosts: segment.hosts, ports: $0) } }
  }

  private mutating func append(_ hosts: Range<UInt128>, _ ports: [Range<Int>]) {
    if let last = segments.last, last.hosts.upperBound == hosts.lowerBound, last.ports == ports {
      segments[segments.count - 1] = Segment(hosts: last.hosts.lowerBound..<hosts.upperBound, ports: ports)
    } else {
      segments.append(Segment(hosts: hosts, ports: ports))
    }
  }

  private static func union(_ ranges: [Range<Int>]) -> [Range<Int>] {
    guard ranges.count > 1 else { return ranges }
    return ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { result, range in
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
  }

  private static func gaps(in ranges: [Range<Int>], of whole: Range<Int>) -> [Range<Int>] {
    var gaps: [Range<Int>] = []
    var position = whole.lowerBound
    for range in ranges {
      let covered = range.clamped(to: whole)
      guard !covered.isEmpty else { continue }
      if position < covered.lowerBound { gaps.append(position..<covered.lowerBound) }
      position = covered.upperBound
    }
    if position < whole.upperBound { gaps.append(position..<whole.upperBound) }
    return gaps
  }
}
