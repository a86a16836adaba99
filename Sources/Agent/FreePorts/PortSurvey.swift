package import LinuxSystem
package import Model
internal import SocketFilter
package import SocketInventory

/// Which ports of this host can be bound, and why not the others.
package struct PortSurvey: Sendable {
  /// Neighbouring ports of which the same is known. A port in use stands alone.
  package struct Span: Hashable, Sendable {
    package let transport: TransportProtocol
    package internal(set) var ports: ClosedRange<UInt16>

    /// Its sockets are rows of the snapshot.
    package let finding: PortFinding
  }

  package let spans: [Span]
  package let snapshot: SocketSnapshot
  package let rules: PortRules

  /// Looks at every port of `ports`: one snapshot of the sockets, and a moment's bind of each port that none of them uses.
  ///
  /// Blocks, for all ports of both protocols about a third of a second, and for the pass over all processes.
  ///
  /// - Throws: `SystemError`: no such address on this host, descriptors ran out, or the kernel gave no tables.
  package static func take(
    _ transports: [TransportProtocol], ports: PortSet, at address: BindAddress
  ) throws(SystemError) -> PortSurvey {
    let rules = PortRules.current()
    let trials = try transports.map { transport throws(SystemError) in try BindTrial(transport, at: address) }
    var query = SocketQuery(protocols: Set(transports.compactMap { SocketProtocol(rawValue: $0.rawValue) }))
    if ports.count < Int(UInt16.max) {
      query.expression = .predicate(.internet(.local, InternetCondition(ports: ports)))
    }
    var isLast = false
    while true {
      let snapshot = try InventoryReader.snapshot(query)
      var spans: [Span] = []
      var isSettled = true
      for (transport, trial) in zip(transports, trials) {
        let judge = PortJudge(transport, at: address, rules: rules, sockets: snapshot.internetSockets)
        for range in ports.ranges {
          for port in range {
            let finding = judge.finding(port, trial: judge.needsTrial(port) ? try trial.bind(port) : nil)
            // Somebody took it just now, or it is held by what is in no table: another look tells.
            if finding.status == .inUse, finding.sockets.isEmpty { isSettled = false }
            append(Span(transport: transport, ports: port...port, finding: finding), to: &spans)
          }
        }
      }
      if isSettled || isLast { return PortSurvey(spans: spans, snapshot: snapshot, rules: rules) }
      isLast = true
    }
  }

  private static func append(_ span: Span, to spans: inout [Span]) {
    if let last = spans.last, last.transport == span.transport, last.finding == span.finding,
      span.finding.status != .inUse, last.ports.upperBound &+ 1 == span.ports.lowerBound
    {
      spans[spans.count - 1].ports = last.ports.lowerBound...span.ports.upperBound
    } else {
      spans.append(span)
    }
  }
}
