package import Model

/// What a foreign file says of the scan that it is of.
package struct ForeignScan: Hashable, Sendable {
  package enum Scanner: String, Hashable, Sendable {
    case nmap, masscan
  }

  package var scanner: Scanner
  package var version: String?
  package var arguments: String?
  package var startedAt: Timestamp?
}

/// One host of a foreign file, as it was seen at one time.
package struct ForeignHost: Hashable, Sendable {
  package struct OpenPort: Hashable, Sendable {
    package var endpoint: ProtocolPort
    package var reason: ProbeReason
    /// Nil: the scanner did not ask, or looked the name up in a table.
    package var service: ServiceFacts?
  }

  /// Neighbouring ports in another state than open.
  package struct StateRun: Hashable, Sendable {
    package var transport: TransportProtocol
    package var ports: ClosedRange<UInt16>
    package var state: EndpointState
    package var reason: ProbeReason
  }

  package var address: IPAddress
  package var observedAt: Timestamp
  /// As a name server called it when the scanner asked; nil: that is not told.
  package var name: String?
  package var open: [OpenPort]
  package var runs: [StateRun]
}

/// What was left out of a file, and why.
package struct ForeignRemainder: Hashable, Sendable {
  /// Hosts that the file calls down, or of which it tells no port.
  package var hostsWithoutPorts = 0
  /// Ports of protocols and states that the chart does not have.
  package var ports = 0
  /// Groups of ports that the file counts without naming them in a way that can be told from others.
  package var unnamedGroups = 0

  package init() {}
}
