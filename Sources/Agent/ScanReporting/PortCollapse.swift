internal import Model

/// Which ports of a host are told one by one: a state that many of its ports are in is counted instead, as in nmap.
package struct PortCollapse: Sendable {
  /// As many ports of one state are still told one by one (nmap's reference guide, "ignored state": 25).
  private static let limit = 25

  private let limit: Int

  /// What is always counted, however few: all but what is or could be open.
  private let onlyOpen: Bool

  /// - Parameters:
  ///   - verbosity: how often `-v` was given: with three nothing is counted, with two twice as much is told.
  ///   - onlyOpen: `--open`.
  package init(verbosity: Int, onlyOpen: Bool) {
    limit = verbosity >= 3 ? .max : Self.limit * max(1, verbosity)
    self.onlyOpen = onlyOpen
  }

  /// The host's ports, ascending, that are told one by one, and the rest.
  package func split(_ host: HostResult) -> (listed: [ScanRow], others: [HostResult.Others]) {
    var counts: [EndpointState: Int] = [:]
    for part in host.others { counts[Self.kind(part.outcome.state), default: 0] += part.ports.count }
    var listed = host.open
    var others: [HostResult.Others] = []
    for part in host.others {
      let kind = Self.kind(part.outcome.state)
      guard counts[kind, default: 0] <= limit, !onlyOpen || kind == .openOrFiltered else {
        others.append(part)
        continue
      }
      for range in part.ports.sorted {
        for number in range {
          listed.append(
            ScanRow(
              host: host.host, port: ProtocolPort(part.transport, Port(number)), state: part.outcome.state,
              reason: part.outcome.reason, icmp: part.outcome.icmp))
        }
      }
    }
    return (listed.sorted { $0.port < $1.port }, others)
  }

  /// nmap has one word for both.
  private static func kind(_ state: EndpointState) -> EndpointState { state == .unreachable ? .filtered : state }
}
