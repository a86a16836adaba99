package import Model

/// What a service showed of itself, in the words of nmap's formats.
package struct NmapService: Hashable, Sendable {
  /// The protocol's name, without TLS; nil where it spoke no known one.
  package var name: String?
  package var product: String?
  package var version: String?

  /// What proves it, in one line; nil where there is nothing more to tell.
  package var extraInformation: String?

  /// The name that the service calls its host by.
  package var hostName: String?

  /// Whether TLS is what answers first; nmap calls it a tunnel.
  package var isTunnelled: Bool
  package var confidence: ServiceIdentity.Confidence

  /// An answer as this host's agent read it: protocol and certificate of TLS, an HTTP title, an SSH key; the banner where the
  /// service told no product.
  package init(_ identity: ServiceIdentity) {
    var parts = Self.tls(identity.tls?.version, identity.tls?.certificate)
    if let http = identity.http {
      parts.append("status \(http.status)")
      if let title = http.title { parts.append("title: \(title)") }
      if let location = http.location { parts.append("location: \(location)") }
    }
    if let fingerprint = identity.ssh?.fingerprint { parts.append(fingerprint) }
    self.init(
      name: identity.service, product: identity.product, version: identity.version, parts: parts,
      banner: identity.banner, hostName: nil, isTunnelled: identity.tunnel == .tls, confidence: identity.confidence)
  }

  /// An answer as a chart keeps it. `remarks` are told first: what else is known of the endpoint.
  package init(_ facts: ServiceFacts, remarks: [String] = []) {
    var parts = remarks + Self.tls(facts.tlsVersion, facts.certificate)
    if let info = facts.info { parts.append(info) }
    self.init(
      name: facts.name, product: facts.product, version: facts.version, parts: parts, banner: facts.banner,
      hostName: facts.hostName, isTunnelled: facts.tunnel == .tls, confidence: facts.confidence)
  }

  private init(
    name: String?, product: String?, version: String?, parts: [String], banner: String?, hostName: String?,
    isTunnelled: Bool, confidence: ServiceIdentity.Confidence
  ) {
    var parts = parts
    if product == nil, let banner { parts.append("banner: \(banner)") }
    self.name = name
    self.product = product
    self.version = version
    extraInformation = parts.isEmpty ? nil : parts.joined(separator: "; ")
    self.hostName = hostName
    self.isTunnelled = isTunnelled
    self.confidence = confidence
  }

  private static func tls(_ version: String?, _ certificate: CertificateIdentity?) -> [String] {
    [version, certificate.map { "certificate: \($0.subject)" }].compactMap(\.self)
  }
}
