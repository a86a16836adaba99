package import Model

/// What a service showed of itself, as the chart keeps it. All nil but the confidence: it was asked and showed nothing.
///
/// Texts came from strangers: bounded and printable, yet data in every output.
package struct ServiceFacts: Hashable, Sendable {
  /// The protocol's name, without TLS.
  package var name: String?
  package var product: String?
  package var version: String?
  /// Details for people.
  package var info: String?
  /// The name that the service calls its host by.
  package var hostName: String?
  package var confidence: ServiceIdentity.Confidence
  package var tunnel: ServiceTunnel?
  package var tlsVersion: String?
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

  /// Any fixed order: of two that were seen at one time, the same one stays whichever came first.
  var order: [String] {
    [
      name, product, version, info, hostName, confidence.rawValue, tunnel?.rawValue, tlsVersion, banner,
      certificate?.sha256,
    ].map { $0.map { "+" + $0 } ?? "" }
  }
}
