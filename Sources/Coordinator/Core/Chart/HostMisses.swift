package import Model

/// Looks at a host that had answered an echo once, in which its echo met silence, since its last answer: one for each scan, the newest.
///
/// Kept because as many of them as close a port make such a host gone, and because an answer that comes late makes void those
/// whose scans had begun before it.
package struct HostMisses: Hashable, Sendable {
  /// In the order in which they ended; each of one look alone.
  package private(set) var looks: [HostRun]

  package init(_ looks: [HostRun] = []) { self.looks = looks }

  package var isEmpty: Bool { looks.isEmpty }

  /// Takes one look in. Of one scan's, the one that ended first stays.
  package mutating func insert(_ look: HostRun) {
    if let index = looks.firstIndex(where: { $0.firstBegun == look.firstBegun }) {
      guard look.isBefore(looks[index]) else { return }
      looks.remove(at: index)
    }
    looks.insert(look, at: looks.firstIndex { look.isBefore($0) } ?? looks.endIndex)
    if looks.count > Confirmations.most { looks.removeFirst(looks.count - Confirmations.most) }
  }

  /// Forgets what an answer makes void.
  package mutating func forget(until answer: Timestamp) {
    looks.removeAll { ($0.firstBegun ?? $0.first) <= answer }
  }

  /// Leaves what was known by a time.
  mutating func removeAll(after time: Timestamp) { looks.removeAll { $0.first > time } }

  /// The time in which the host is gone: since the look that completed `closeAfter` of them. Nil: those are too few.
  package func gone(closeAfter: Int) -> HostRun? {
    guard looks.count >= closeAfter else { return nil }
    var run = looks[closeAfter - 1]
    run.reason = .echoReply
    for look in looks[closeAfter...] { run = run.merged(with: look) }
    return run
  }
}
