extension [ZoneRun] {
  /// These runs of one zone with `incoming` laid over: on overlaps the newer observation wins, of equally old ones the one
  /// that is there; equal neighbours seen by one agent become one run. Sorted and disjoint, as these must be.
  ///
  /// Whose observation it was, and whether a self view, stays with each port: verdicts rest on it.
  package func merging(_ incoming: ZoneRun) -> [ZoneRun] {
    var pieces: [ZoneRun] = []
    var uncovered: [ClosedRange<UInt16>] = [incoming.run.ports]
    for known in self {
      guard known.run.ports.overlaps(incoming.run.ports) else {
        pieces.append(known)
        continue
      }
      if known.run.observedAt >= incoming.run.observedAt {
        pieces.append(known)
        uncovered = uncovered.flatMap { $0.subtracting(known.run.ports) }
      } else {
        pieces += known.run.ports.subtracting(incoming.run.ports).map { known.over($0) }
      }
    }
    pieces += uncovered.map { incoming.over($0) }
    pieces.sort { $0.run.ports.lowerBound < $1.run.ports.lowerBound }
    return pieces.reduce(into: []) { joined, piece in
      if let last = joined.last, let whole = last.joined(with: piece) {
        joined[joined.count - 1] = whole
      } else {
        joined.append(piece)
      }
    }
  }
}

extension ZoneRun {
  fileprivate func over(_ ports: ClosedRange<UInt16>) -> ZoneRun {
    var part = self
    part.run.ports = ports
    return part
  }

  /// This run and the one behind it as one, if they are neighbours and say the same; the newer one's job stays.
  fileprivate func joined(with next: ZoneRun) -> ZoneRun? {
    guard run.state == next.run.state, run.reason == next.run.reason, agent == next.agent,
      isSelfView == next.isSelfView, Int(run.ports.upperBound) + 1 == Int(next.run.ports.lowerBound)
    else { return nil }
    let newer = next.run.observedAt > run.observedAt ? next : self
    return newer.over(run.ports.lowerBound...next.run.ports.upperBound)
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
