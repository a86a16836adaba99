package import Model

extension CertificateIdentity {
  /// Its facts by the names of machine formats.
  package var listed: ListingValue {
    .object([
      "subject": .text(subject), "issuer": .text(issuer),
      "alternativeNames": .list(alternativeNames.map { .text($0) }), "notBefore": .time(notBefore.milliseconds),
      "notAfter": .time(notAfter.milliseconds), "sha256": .text(sha256),
    ])
  }
}
