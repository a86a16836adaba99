package import Model

/// As part of its endpoint's sighting. Every text is printable, as the agent's own rows have it (docs/identification.md), and of
/// at most `WireLimits.serviceTextBytes` octets.
extension ServiceFacts: WireRequest {
  /// As the model writes them.
  package static var fieldNames: Set<String> {
    [
      "name", "product", "version", "info", "hostName", "confidence", "tunnel", "tlsVersion", "banner", "certificate",
    ]
  }
  package static var nestedFields: [String: any WireRequest.Type] { ["certificate": CertificateFields.self] }

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
