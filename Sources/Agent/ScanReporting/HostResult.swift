package import Model
package import ScanEngine

/// Everything that a report tells of one host.
package struct HostResult: Sendable {
  /// Ports of one protocol with one outcome.
  package struct Others: Sendable {
    package let outcome: ScanOutcome
    package let transport: TransportProtocol
    package var ports: RunList<UInt16>
  }

  package let host: HostAddress

  /// What is open, in the order in which it was found.
  package internal(set) var open: [ScanRow] = []

  /// Ports in other states; a host has few outcomes.
  package internal(set) var others: [Others] = []

  /// nil while the host is at work, and for good where the scan ended first.
  package var summary: HostSummary?

  /// The address's name by reverse lookup.
  package var name: String?

  package init(host: HostAddress) { self.host = host }

  package mutating func add(_ row: ScanRow) {
    if row.state == .open {
      open.append(row)
    } else {
      add(row.port.port.rawValue...row.port.port.rawValue, row.port.transport, row.outcome)
    }
  }

  package mutating func add(_ ports: ClosedRange<UInt16>, _ transport: TransportProtocol, _ outcome: ScanOutcome) {
    if let index = others.firstIndex(where: { $0.outcome == outcome && $0.transport == transport }) {
      others[index].ports.add(ports)
    } else {
      others.append(Others(outcome: outcome, transport: transport, ports: RunList(ports)))
    }
  }

  /// Ports that were asked for and that the scan's end came before; 0 for a host that is done.
  package var unreachedPorts = 0

  /// Whether somebody was there; where the scan ended before the host did, as far as its ports tell.
  package var presence: HostObservation.Presence { summary?.presence ?? derived.presence }

  package var reason: ProbeReason { summary?.reason ?? derived.reason }

  private var derived: (presence: HostObservation.Presence, reason: ProbeReason) {
    if let row = open.first { return (.up, row.reason) }
    func first(_ isWanted: (ScanOutcome) -> Bool) -> ProbeReason? {
      others.first { isWanted($0.outcome) }?.outcome.reason
    }
    if let reason = first({ $0.state == .closed || $0.state == .filtered && $0.reason != .noResponse }) {
      return (.up, reason)
    }
    if let reason = first({ $0.state == .unreachable }) { return (.unreachable, reason) }
    if others.allSatisfy({ $0.outcome.state == .unchecked }), let reason = first({ _ in true }) {
      return (.unchecked, reason)
    }
    return (.silent, .noResponse)
  }

  /// Why the result is not whole; nil where it is.
  package var partial: String? {
    guard let summary else {
      return unreachedPorts > 0 ? "interrupted, \(unreachedPorts) ports not reached" : "interrupted"
    }
    return summary.ending == .hostTimeout || summary.ending == .everythingOpen ? summary.ending.rawValue : nil
  }

  /// Every port that is told of.
  var settledPorts: PortSelection {
    func ports(_ transport: TransportProtocol) -> PortSet {
      let runs = open.filter { $0.port.transport == transport }.map {
        $0.port.port.rawValue...$0.port.port.rawValue
      }
      return PortSet(runs + others.filter { $0.transport == transport }.flatMap(\.ports.sorted))
    }
    return PortSelection(tcp: ports(.tcp), udp: ports(.udp))
  }

  /// How many ports ended in which way, by state and then reason.
  package var counts: [(outcome: ScanOutcome, count: Int)] {
    var counts: [ScanOutcome: Int] = [:]
    func add(_ outcome: ScanOutcome, _ count: Int) {
      counts[ScanOutcome(state: outcome.state, reason: outcome.reason), default: 0] += count
    }
    for row in open { add(row.outcome, 1) }
    for part in others { add(part.outcome, part.ports.count) }
    return counts.sorted {
      ($0.key.state.rawValue, $0.key.reason.rawValue) < ($1.key.state.rawValue, $1.key.reason.rawValue)
    }.map { ($0.key, $0.value) }
  }
}
