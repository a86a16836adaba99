package import Model

/// What a service showed of itself when it was asked, part of its endpoint's sighting. All absent but the confidence: it was
/// asked and showed nothing.
///
/// Every text is printable, as the agent's own rows have it (docs/identification.md), and of at most
/// `WireLimits.serviceTextBytes` octets.
package struct ServiceReport: WireRequest, Hashable {
  /// The protocol's name, such as `http`; without TLS, which `tunnel` tells.
  package var name: String?
  package var product: String?
  package var version: String?
  /// Details for people: an HTTP status and title, the algorithm and fingerprint of an SSH key.
  package var info: String?
  /// The name that the service calls its host by.
  package var hostName: String?
  package var confidence: ServiceIdentity.Confidence
  package var tunnel: ServiceTunnel?
  /// `TLSv1.3`; also where TLS came later on the connection, by the protocol's own command.
  package var tlsVersion: String?
  /// The first octets that it sent.
  package var banner: String?
  /// The certificate that it showed.
  package var certificate: CertificateIdentity?

  package init(
    name: String? = nil, product: String? = nil, version: String? = nil, info: String? = nil,
    hostName: String? = nil, confidence: ServiceIdentity.Confidence, tunnel: ServiceTunnel? = nil,
    tlsVersion: String? = nil, banner: String? = nil, certificate: CertificateIdentity? = nil
  ) {
    self.name = name
    self.product = product
    self.version = version
    self.info = info
    self.hostName = hostName
    self.confidence = confidence
    self.tunnel = tunnel
    self.tlsVersion = tlsVersion
    self.banner = banner
    self.certificate = certificate
  }

  private enum CodingKeys: String, ListedFields {
    case name, product, version, info, hostName, confidence, tunnel, tlsVersion, banner, certificate
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["certificate": CertificateFields.self] }
}

extension ServiceReport {
  /// Its texts with their names, those of the certificate too.
  package var texts: [(field: String, text: String)] {
    var texts = [
      ("name", name), ("product", product), ("version", version), ("info", info), ("hostName", hostName),
      ("tlsVersion", tlsVersion), ("banner", banner),
    ].compactMap { field, text in text.map { (field: field, text: $0) } }
    if let certificate {
      texts += [("certificate/subject", certificate.subject), ("certificate/issuer", certificate.issuer)]
      texts += certificate.alternativeNames.map { ("certificate/alternativeNames", $0) }
    }
    return texts
  }

  /// Octets of its texts: what bounds how many go into a chunk.
  package var textBytes: Int { texts.reduce(0) { $0 + $1.text.utf8.count } }
}

/// The fields of a certificate, which the model reads itself.
private struct CertificateFields: WireRequest {
  static var fieldNames: Set<String> {
    ["subject", "issuer", "alternativeNames", "notBefore", "notAfter", "sha256"]
  }
}
