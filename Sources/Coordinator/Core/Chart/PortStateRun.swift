package import Model

/// Neighbouring ports of one host and protocol in the same state for the same reason.
package struct PortStateRun: Hashable, Sendable {
  package var ports: ClosedRange<UInt16>
  package var state: EndpointState
  package var reason: ProbeReason
  /// The newest time at which one of the ports was seen so.
  package var observedAt: Timestamp

  package init(ports: ClosedRange<UInt16>, state: EndpointState, reason: ProbeReason, observedAt: Timestamp) {
    self.ports = ports
    self.state = state
    self.reason = reason
    self.observedAt = observedAt
  }
}

extension [PortStateRun] {
  /// These runs with `incoming` laid over: on overlaps the newer observation wins, of equally old ones the one that
  /// is there; equal neighbours become one run. Sorted and disjoint, as these must be.
  package func merging(_ incoming: PortStateRun) -> [PortStateRun] {
    var pieces: [PortStateRun] = []
    var uncovered: [ClosedRange<UInt16>] = [incoming.ports]
    for run in self {
      guard run.ports.overlaps(incoming.ports) else {
        pieces.append(run)
        continue
      }
      if run.observedAt >= incoming.observedAt {
        pieces.append(run)
        uncovered = uncovered.flatMap { $0.subtracting(run.ports) }
      } else {
        pieces += run.ports.subtracting(incoming.ports).map {
          PortStateRun(ports: $0, state: run.state, reason: run.reason, observedAt: run.observedAt)
        }
      }
    }
    pieces += uncovered.map {
      PortStateRun(ports: $0, state: incoming.state, reason: incoming.reason, observedAt: incoming.observedAt)
    }
    pieces.sort { $0.ports.lowerBound < $1.ports.lowerBound }
    return pieces.reduce(into: []) { joined, run in
      if let last = joined.last, last.state == run.state, last.reason == run.reason,
        Int(last.ports.upperBound) + 1 == Int(run.ports.lowerBound)
      {
        joined[joined.count - 1].ports = last.ports.lowerBound...run.ports.upperBound
        joined[joined.count - 1].observedAt = Swift.max(last.observedAt, run.observedAt)
      } else {
        joined.append(run)
      }
    }
  }
}

extension ClosedRange<UInt16> {
  fileprivate func subtracting(_ other: ClosedRange<UInt16>) -> [ClosedRange<UInt16>] {
    guard overlaps(other) else { return [self] }
    var rest: [ClosedRange<UInt16>] = []
    if lowerBound < other.lowerBound { rest.append(lowerBound...(other.lowerBound - 1)) }
    if upperBound > other.upperBound { rest.append((other.upperBound + 1)...upperBound) }
    return rest
  }
}
