/// A server's X.509 certificate (RFC 5280), as far as an inventory needs it.
package struct CertificateIdentity: Hashable, Sendable, Codable {
  /// Distinguished names in RFC 2253 order, printable and bounded.
  package var subject: String
  package var issuer: String

  /// Names and addresses of the subject alternative name extension, in the certificate's order, bounded in number.
  package var alternativeNames: [String]
  package var notBefore: Timestamp
  package var notAfter: Timestamp

  /// SHA-256 of the DER form, 64 lowercase hexadecimal digits.
  package var sha256: String

  package init(
    subject: String, issuer: String, alternativeNames: [String], notBefore: Timestamp, notAfter: Timestamp,
    sha256: String
  ) {
    self.subject = subject
    self.issuer = issuer
    self.alternativeNames = alternativeNames
    self.notBefore = notBefore
    self.notAfter = notAfter
    self.sha256 = sha256
  }
}
