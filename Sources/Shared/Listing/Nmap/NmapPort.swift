package import Model

/// One port of a host in nmap's formats.
package struct NmapPort: Sendable {
  package var endpoint: ProtocolPort
  package var state: EndpointState
  package var reason: ProbeReason

  /// Who sent the ICMP error that decided; nil where none did.
  package var reasonSender: IPAddress?

  /// The name registered for the port.
  package var registeredName: String?

  /// What the service showed of itself; nil where it was not asked.
  package var identity: ServiceIdentity?

  package init(
    endpoint: ProtocolPort, state: EndpointState, reason: ProbeReason, reasonSender: IPAddress? = nil,
    registeredName: String? = nil, identity: ServiceIdentity? = nil
  ) {
    self.endpoint = endpoint
    self.state = state
    self.reason = reason
    self.reasonSender = reasonSender
    self.registeredName = registeredName
    self.identity = identity
  }

  /// Whether TLS is what answers first; nmap calls it a tunnel.
  var isTunnelled: Bool { identity?.tls?.start == .atOnce }

  /// `http`, or `ssl/http` through TLS; nil where no name is known.
  func serviceName(separator: String = "/") -> String? {
    guard let service = identity?.service else { return registeredName }
    return isTunnelled ? "ssl\(separator)\(service)" : service
  }

  /// Product, version and, in parentheses, what else was seen; empty where nothing was.
  var versionText: String {
    let parts = [identity?.product, identity?.version, extraInformation.map { "(\($0))" }]
    return parts.compactMap(\.self).joined(separator: " ")
  }

  /// What proves the identity: protocol and certificate of TLS, an HTTP title, an SSH key; the banner where the service
  /// told no product.
  var extraInformation: String? {
    guard let identity else { return nil }
    var parts: [String] = []
    if let tls = identity.tls {
      parts.append(tls.version)
      if let certificate = tls.certificate { parts.append("certificate: \(certificate.subject)") }
    }
    if let http = identity.http {
      parts.append("status \(http.status)")
      if let title = http.title { parts.append("title: \(title)") }
      if let location = http.location { parts.append("location: \(location)") }
    }
    if let fingerprint = identity.ssh?.fingerprint { parts.append(fingerprint) }
    if identity.product == nil, let banner = identity.banner { parts.append("banner: \(banner)") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
