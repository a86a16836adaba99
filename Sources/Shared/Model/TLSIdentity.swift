/// What a TLS handshake showed of a server; the certificate is told as it is, without a judgement on its trust.
package struct TLSIdentity: Hashable, Sendable, Codable {
  /// How TLS began on the connection.
  package enum Start: String, Hashable, Sendable, Codable {
    case atOnce = "at-once"
    /// After the protocol's own command (STARTTLS, RFC 3207 and its likes).
    case upgrade
  }

  package var start: Start

  /// `TLSv1.3`, as OpenSSL spells it.
  package var version: String

  /// The protocol agreed on by ALPN (RFC 7301); nil for none.
  package var alpn: String?

  /// The leaf certificate; nil where the server showed none.
  package var certificate: CertificateIdentity?

  package init(start: Start, version: String, alpn: String? = nil, certificate: CertificateIdentity? = nil) {
    self.start = start
    self.version = version
    self.alpn = alpn
    self.certificate = certificate
  }
}
