internal import COpenSSL
internal import Model

/// Reads what an inventory wants out of a certificate that OpenSSL has parsed.
enum CertificateReader {
  /// Alternative names that are kept; a certificate may hold thousands.
  static let nameLimit = 64

  /// Octets of a distinguished name that are kept.
  private static let subjectLimit = 512

  /// nil where its times are malformed or memory ran out.
  static func identity(_ certificate: OpaquePointer) -> CertificateIdentity? {
    var notBefore: Int64 = 0
    var notAfter: Int64 = 0
    guard copenssl_seconds(X509_get0_notBefore(certificate), &notBefore) == 1,
      copenssl_seconds(X509_get0_notAfter(certificate), &notAfter) == 1,
      let subject = name(X509_get_subject_name(certificate)), let issuer = name(X509_get_issuer_name(certificate)),
      let der = der(certificate)
    else { return nil }
    return CertificateIdentity(
      subject: subject, issuer: issuer, alternativeNames: alternativeNames(certificate),
      notBefore: Timestamp(milliseconds: notBefore * 1_000), notAfter: Timestamp(milliseconds: notAfter * 1_000),
      sha256: Digest.hex(Digest.sha256(der)))
  }

  private static func der(_ certificate: OpaquePointer) -> [UInt8]? {
    let length = i2d_X509(certificate, nil)
    guard length > 0 else { return nil }
    var octets = [UInt8](repeating: 0, count: Int(length))
    let written = octets.withUnsafeMutableBufferPointer { buffer in
      var place = buffer.baseAddress
      return i2d_X509(certificate, &place)
    }
    return written == length ? octets : nil
  }

  private static func name(_ name: OpaquePointer?) -> String? {
    guard let name, let memory = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(memory) }
    guard copenssl_print_name(memory, name) >= 0 else {
      _ = copenssl_take_alert()
      return nil
    }
    var octets = [UInt8](repeating: 0, count: subjectLimit)
    let count = BIO_read(memory, &octets, Int32(octets.count))
    // Escaped by OpenSSL already: what is left is printable ASCII.
    let text = octets.prefix(Int(max(0, count))).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: text, as: UTF8.self)
  }

  private static func alternativeNames(_ certificate: OpaquePointer) -> [String] {
    guard let names = copenssl_names(certificate) else {
      _ = copenssl_take_alert()
      return []
    }
    defer { copenssl_free_names(names) }
    var result: [String] = []
    for index in 0..<copenssl_name_count(names) where result.count < nameLimit {
      var octets: UnsafePointer<UInt8>?
      var length: Int32 = 0
      let kind = copenssl_name(names, index, &octets, &length)
      guard let octets, length >= 0 else { continue }
      let value = UnsafeBufferPointer(start: octets, count: Int(length))
      if kind == Int32(copenssl_gen_ip) {
        if let address = IPAddress(octets: value) { result.append(address.description) }
      } else {
        result.append(WireText.printable(value))
      }
    }
    return result
  }
}
