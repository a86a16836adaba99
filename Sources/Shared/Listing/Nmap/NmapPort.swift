package import Model

/// One port of a host in nmap's formats.
package struct NmapPort: Sendable {
  package var endpoint: ProtocolPort
  package var state: EndpointState

  /// A word of nmap's, such as `syn-ack`.
  package var reason: String

  /// Who sent the ICMP error that decided; nil where none did.
  package var reasonSender: IPAddress?

  /// The name registered for the port.
  package var registeredName: String?

  /// What the service showed of itself; nil where it was not asked.
  package var service: NmapService?

  /// Who listens there; nil where nobody looked inside, or saw nobody.
  package var owner: String?

  package init(
    endpoint: ProtocolPort, state: EndpointState, reason: String, reasonSender: IPAddress? = nil,
    registeredName: String? = nil, service: NmapService? = nil, owner: String? = nil
  ) {
    self.endpoint = endpoint
    self.state = state
    self.reason = reason
    self.reasonSender = reasonSender
    self.registeredName = registeredName
    self.service = service
    self.owner = owner
  }

  /// `http`, or `ssl/http` through TLS; nil where no name is known.
  func serviceName(separator: String = "/") -> String? {
    guard let name = service?.name else { return registeredName }
    return service?.isTunnelled == true ? "ssl\(separator)\(name)" : name
  }

  /// Product, version and, in parentheses, what else was seen; empty where nothing was.
  var versionText: String {
    let parts = [service?.product, service?.version, service?.extraInformation.map { "(\($0))" }]
    return parts.compactMap(\.self).joined(separator: " ")
  }
}
