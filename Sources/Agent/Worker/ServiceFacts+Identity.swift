internal import Model
internal import Wire

extension ServiceFacts {
  /// What a coordinator is told of an answer, each text cut at its bound.
  init(_ answer: ServiceAnswer) {
    guard let identity = answer.identity else {
      self.init(confidence: .unknown)
      return
    }
    self.init(
      name: Self.held(identity.service), product: Self.held(identity.product), version: Self.held(identity.version),
      info: Self.held(identity.details), hostName: Self.held(identity.hostName), confidence: identity.confidence,
      tunnel: identity.tunnel, tlsVersion: Self.held(identity.tls?.version),
      banner: Self.held(identity.banner), certificate: identity.tls?.certificate.map(Self.held))
  }

  private static func held(_ certificate: CertificateIdentity) -> CertificateIdentity {
    CertificateIdentity(
      subject: held(certificate.subject), issuer: held(certificate.issuer),
      alternativeNames: certificate.alternativeNames.prefix(WireLimits.certificateNames).map { held($0) },
      notBefore: certificate.notBefore, notAfter: certificate.notAfter, sha256: certificate.sha256)
  }

  private static func held(_ text: String?) -> String? { text.map { held($0) } }

  private static func held(_ text: String) -> String {
    guard text.utf8.count > WireLimits.serviceTextBytes else { return text }
    var result = String.UnicodeScalarView()
    var left = WireLimits.serviceTextBytes
    for scalar in text.unicodeScalars {
      left -= UTF8.width(scalar)
      guard left >= 0 else { break }
      result.append(scalar)
    }
    return String(result)
  }
}

extension ServiceIdentity {
  /// One line for people of what the protocol told besides.
  fileprivate var details: String? {
    let parts = [
      http.map { "HTTP \($0.status)" }, http?.title, http?.location.map { "to \($0)" }, ssh?.keyType, ssh?.fingerprint,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// An SMTP server's greeting begins with the name that it calls itself by (RFC 5321, 4.2: `220 Domain`).
  fileprivate var hostName: String? {
    guard service == "smtp", let banner, banner.hasPrefix("220 ") || banner.hasPrefix("220-") else { return nil }
    let name = banner.dropFirst(4).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
    return name.contains(".") ? String(name) : nil
  }
}

extension UTF8 {
  /// Octets of a scalar (RFC 3629, 3).
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case ..<0x80: 1
    case ..<0x800: 2
    case ..<0x1_0000: 3
    default: 4
    }
  }
}
