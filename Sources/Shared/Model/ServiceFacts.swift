/// What an inventory keeps of a `ServiceIdentity`. All nil but the confidence: the service was asked and showed nothing.
///
/// Texts came from strangers: bounded and printable, yet data in every output. A value is one pointer wide, because nearly every row of
/// a scan has room for one, and few have any.
package struct ServiceFacts: Sendable {
  private struct Content: Hashable, Codable {
    var name: String?
    var product: String?
    var version: String?
    var info: String?
    var hostName: String?
    var confidence: ServiceIdentity.Confidence
    var tunnel: ServiceTunnel?
    var tlsVersion: String?
    var banner: String?
    var certificate: CertificateIdentity?
  }

  /// Nobody changes it once it is made.
  private final class Kept: Sendable {
    let content: Content

    init(_ content: Content) { self.content = content }
  }

  private var kept: Kept

  private var content: Content {
    get { kept.content }
    set { kept = Kept(newValue) }
  }

  /// The protocol's name, such as `http`; without TLS, which `tunnel` tells.
  package var name: String? {
    get { kept.content.name }
    set { content.name = newValue }
  }
  package var product: String? {
    get { kept.content.product }
    set { content.product = newValue }
  }
  package var version: String? {
    get { kept.content.version }
    set { content.version = newValue }
  }
  /// Details for people: an HTTP status and title, the algorithm and fingerprint of an SSH key.
  package var info: String? {
    get { kept.content.info }
    set { content.info = newValue }
  }
  /// The name that the service calls its host by.
  package var hostName: String? {
    get { kept.content.hostName }
    set { content.hostName = newValue }
  }
  package var confidence: ServiceIdentity.Confidence {
    get { kept.content.confidence }
    set { content.confidence = newValue }
  }
  package var tunnel: ServiceTunnel? {
    get { kept.content.tunnel }
    set { content.tunnel = newValue }
  }
  /// `TLSv1.3`; also where TLS came later on the connection, by the protocol's own command.
  package var tlsVersion: String? {
    get { kept.content.tlsVersion }
    set { content.tlsVersion = newValue }
  }
  /// The first octets that it sent.
  package var banner: String? {
    get { kept.content.banner }
    set { content.banner = newValue }
  }
  package var certificate: CertificateIdentity? {
    get { kept.content.certificate }
    set { content.certificate = newValue }
  }

  package init(
    name: String? = nil, product: String? = nil, version: String? = nil, info: String? = nil,
    hostName: String? = nil, confidence: ServiceIdentity.Confidence, tunnel: ServiceTunnel? = nil,
    tlsVersion: String? = nil, banner: String? = nil, certificate: CertificateIdentity? = nil
  ) {
    kept = Kept(
      Content(
        name: name, product: product, version: version, info: info, hostName: hostName, confidence: confidence,
        tunnel: tunnel, tlsVersion: tlsVersion, banner: banner, certificate: certificate))
  }
}

extension ServiceFacts: Hashable {
  package static func == (left: ServiceFacts, right: ServiceFacts) -> Bool {
    left.kept === right.kept || left.content == right.content
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension ServiceFacts: Codable {
  package init(from decoder: any Decoder) throws { kept = Kept(try Content(from: decoder)) }

  package func encode(to encoder: any Encoder) throws { try content.encode(to: encoder) }
}
