/// The ports of a scan: what `-p` names, for each protocol.
///
/// TCP, UDP and SCTP ports form one line of indices: TCP ascending, then UDP, then SCTP. IP protocol numbers (`P:`) are
/// kept for printing and carry no index, because nothing connects to them.
package struct PortSelection: Hashable, Sendable {
  package var tcp: PortSet
  package var udp: PortSet
  package var sctp: PortSet
  package var ipProtocols: IntervalSet<UInt8>

  package init(
    tcp: PortSet = PortSet(), udp: PortSet = PortSet(), sctp: PortSet = PortSet(),
    ipProtocols: IntervalSet<UInt8> = IntervalSet()
  ) {
    self.tcp = tcp
    self.udp = udp
    self.sctp = sctp
    self.ipProtocols = ipProtocols
  }

  /// The ports of one protocol.
  package subscript(transport: TransportProtocol) -> PortSet {
    get {
      switch transport {
      case .tcp: tcp
      case .udp: udp
      case .sctp: sctp
      }
    }
    set {
      switch transport {
      case .tcp: tcp = newValue
      case .udp: udp = newValue
      case .sctp: sctp = newValue
      }
    }
  }

  /// TCP, UDP and SCTP ports together.
  package var count: Int { tcp.count + udp.count + sctp.count }

  package var isEmpty: Bool { count == 0 && ipProtocols.isEmpty }

  /// The endpoint at `index` on the line TCP, UDP, SCTP. O(log ranges).
  ///
  /// - Precondition: 0 ≤ `index` < `count`.
  package func endpoint(at index: Int) -> ProtocolPort {
    if index < tcp.count { return ProtocolPort(.tcp, tcp.port(at: index)) }
    if index < tcp.count + udp.count { return ProtocolPort(.udp, udp.port(at: index - tcp.count)) }
    return ProtocolPort(.sctp, sctp.port(at: index - tcp.count - udp.count))
  }

  /// Where `endpoint` stands on that line, nil for one that is not selected. O(log ranges).
  package func index(of endpoint: ProtocolPort) -> Int? {
    self[endpoint.transport].index(of: endpoint.port).map { $0 + start(of: endpoint.transport) }
  }

  /// The endpoints whose indices lie in `indices`, without IP protocols; what is beyond the selection is ignored.
  package func slice(_ indices: Range<Int>) -> PortSelection {
    var result = PortSelection()
    for transport in TransportProtocol.allCases {
      let start = start(of: transport)
      let wanted = indices.clamped(to: start..<start + self[transport].count)
      result[transport] = self[transport].slice(wanted.lowerBound - start..<wanted.upperBound - start)
    }
    return result
  }

  package func contains(_ endpoint: ProtocolPort) -> Bool { self[endpoint.transport].contains(endpoint.port) }

  package func union(_ other: PortSelection) -> PortSelection {
    PortSelection(
      tcp: tcp.union(other.tcp), udp: udp.union(other.udp), sctp: sctp.union(other.sctp),
      ipProtocols: ipProtocols.union(other.ipProtocols))
  }

  package func subtracting(_ other: PortSelection) -> PortSelection {
    PortSelection(
      tcp: tcp.subtracting(other.tcp), udp: udp.subtracting(other.udp), sctp: sctp.subtracting(other.sctp),
      ipProtocols: ipProtocols.subtracting(other.ipProtocols))
  }

  package func intersection(_ other: PortSelection) -> PortSelection {
    PortSelection(
      tcp: tcp.intersection(other.tcp), udp: udp.intersection(other.udp), sctp: sctp.intersection(other.sctp),
      ipProtocols: ipProtocols.intersection(other.ipProtocols))
  }

  private func start(of transport: TransportProtocol) -> Int {
    switch transport {
    case .tcp: 0
    case .udp: tcp.count
    case .sctp: tcp.count + udp.count
    }
  }
}

extension PortSelection: CustomStringConvertible {
  /// Canonical text that `parse` reads back, such as `T:1-100,443,U:53`; empty for no port.
  package var description: String {
    [("T:", tcp.description), ("U:", udp.description), ("S:", sctp.description), ("P:", ipProtocols.description)]
      .filter { !$0.1.isEmpty }.map { $0.0 + $0.1 }.joined(separator: ",")
  }
}
