/// What a service showed of itself when it was asked which it is.
///
/// Every text that came from the wire is printable and bounded already: other octets stand as `\xHH`, line ends as `\r`
/// and `\n`, a backslash as `\\`.
package struct ServiceIdentity: Hashable, Sendable, Codable {
  /// How sure the name is. Raw values are the words printed, sent and stored.
  package enum Confidence: String, Hashable, Sendable, Codable {
    /// The protocol's own structure was seen.
    case certain
    /// Words that this service uses, in a form that others could use too.
    case likely
    /// It spoke, and no known protocol.
    case unknown
  }

  /// The protocol's name, such as `ssh`, `http` or `postgresql`; without TLS, which `tls` tells. nil for none that is known.
  package var service: String?

  /// nil where the wire does not show it, as `version` is: nothing is guessed.
  package var product: String?
  package var version: String?

  /// The first octets that the service sent, in printable form.
  package var banner: String?
  package var confidence: Confidence
  package var tls: TLSIdentity?
  package var http: HTTPIdentity?
  package var ssh: SSHIdentity?

  /// What everything the service said went through; nil also where TLS came by the protocol's own command.
  package var tunnel: ServiceTunnel? { tls?.start == .atOnce ? .tls : nil }

  package init(
    service: String?, product: String? = nil, version: String? = nil, banner: String? = nil,
    confidence: Confidence, tls: TLSIdentity? = nil, http: HTTPIdentity? = nil, ssh: SSHIdentity? = nil
  ) {
    self.service = service
    self.product = product
    self.version = version
    self.banner = banner
    self.confidence = confidence
    self.tls = tls
    self.http = http
    self.ssh = ssh
  }
}
