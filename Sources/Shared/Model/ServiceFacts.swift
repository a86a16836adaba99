/// What an inventory keeps of a `ServiceIdentity`. All nil but the confidence: the service was asked and showed nothing.
///
/// Texts came from strangers: bounded and printable, yet data in every output.
package struct ServiceFacts: Hashable, Sendable, Codable {
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
}
