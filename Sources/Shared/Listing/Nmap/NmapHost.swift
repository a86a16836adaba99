package import Model

/// One host in nmap's formats, complete: its notable ports one by one, the others counted.
package struct NmapHost: Sendable {
  /// nmap knows no more than these; raw values are its words.
  package enum Status: String, Hashable, Sendable {
    case up
    case down
    case unknown
  }

  /// A name and where it comes from.
  package struct Name: Hashable, Sendable {
    /// The DTD's words.
    package enum Source: String, Sendable {
      case user
      case reverse = "PTR"
    }

    package var text: String
    package var source: Source

    package init(_ text: String, _ source: Source) {
      self.text = text
      self.source = source
    }
  }

  /// Ports that share protocol, state and reason and are not listed one by one.
  package struct Others: Sendable {
    package var state: EndpointState
    package var reason: ProbeReason
    package var transport: TransportProtocol
    package var ports: PortSet

    package init(state: EndpointState, reason: ProbeReason, transport: TransportProtocol, ports: PortSet) {
      self.state = state
      self.reason = reason
      self.transport = transport
      self.ports = ports
    }
  }

  /// Microseconds, as nmap's `times` has them.
  package struct Times: Sendable {
    package var smoothed: Int64
    package var variation: Int64
    package var timeout: Int64

    package init(smoothed: Int64, variation: Int64, timeout: Int64) {
      self.smoothed = smoothed
      self.variation = variation
      self.timeout = timeout
    }
  }

  package var address: HostAddress
  package var status: Status

  /// A word of nmap's, such as `syn-ack` or `user-set`.
  package var reason: String

  /// Why the host is not complete, such as `host-timeout`; nil where it is.
  package var partial: String?

  /// What else is to be told, for the comment of the XML.
  package var remarks: [String] = []
  package var names: [Name]
  package var startedAt: Timestamp?
  package var endedAt: Timestamp?
  package var times: Times?

  /// Ascending by protocol and number.
  package var ports: [NmapPort]
  package var others: [Others]

  package init(
    address: HostAddress, status: Status, reason: String, partial: String? = nil, names: [Name] = [],
    startedAt: Timestamp? = nil, endedAt: Timestamp? = nil, times: Times? = nil, ports: [NmapPort] = [],
    others: [Others] = []
  ) {
    self.address = address
    self.status = status
    self.reason = reason
    self.partial = partial
    self.names = names
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.times = times
    self.ports = ports
    self.others = others
  }

  /// `name (address)`, or the address where there is no name.
  var title: String { names.first.map { "\(PrintableText.escaped($0.text)) (\(address))" } ?? "\(address)" }

  /// The others by nmap's state: how many, and their parts, the most numerous state first.
  var othersByState: [(state: String, count: Int, parts: [Others])] {
    Dictionary(grouping: others) { NmapWords.state($0.state) }
      .map { state, parts in
        let sorted = parts.sorted {
          ($1.ports.count, $0.transport, $0.reason.rawValue) < ($0.ports.count, $1.transport, $1.reason.rawValue)
        }
        return (state, parts.reduce(0) { $0 + $1.ports.count }, sorted)
      }
      .sorted { ($1.count, $0.state) < ($0.count, $1.state) }
  }
}
