import COpenSSL
import Model
import SeededRandom
import Testing

@testable import Identification

@Suite("Reader of certificates")
struct CertificateFuzzTests {
  /// A certificate in DER (RFC 5280) with its own key's signature and three alternative names.
  private static func certificate() -> [UInt8]? {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil), let certificate = X509_new() else { return nil }
    defer {
      EVP_PKEY_CTX_free(context)
      X509_free(certificate)
    }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key else { return nil }
    defer { EVP_PKEY_free(key) }
    let name = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, "lab.example", -1, -1, 0)
    X509_set_issuer_name(certificate, name)
    X509_set_version(certificate, 2)
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86_400)
    X509_set_pubkey(certificate, key)
    guard
      let names = X509V3_EXT_conf_nid(
        nil, nil, NID_subject_alt_name, "DNS:lab.example,IP:10.0.0.1,URI:https://lab.example/")
    else { return nil }
    defer { X509_EXTENSION_free(names) }
    guard X509_add_ext(certificate, names, -1) == 1, X509_sign(certificate, key, nil) > 0 else { return nil }
    let length = i2d_X509(certificate, nil)
    guard length > 0 else { return nil }
    var octets = [UInt8](repeating: 0, count: Int(length))
    octets.withUnsafeMutableBufferPointer { buffer in
      var place = buffer.baseAddress
      i2d_X509(certificate, &place)
    }
    return octets
  }

  /// What the reader makes of DER; nil where OpenSSL refuses it or the reader does.
  private func read(_ der: [UInt8]) -> (isParsed: Bool, names: [String]?) {
    der.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      guard let certificate = d2i_X509(nil, &place, buffer.count) else { return (false, nil) }
      defer { X509_free(certificate) }
      guard let identity = CertificateReader.identity(certificate) else { return (true, nil) }
      let texts = [identity.subject, identity.issuer] + identity.alternativeNames
      #expect(texts.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } })
      #expect(identity.alternativeNames.count <= CertificateReader.nameLimit)
      return (true, identity.alternativeNames)
    }
  }

  @Test("A whole certificate is read")
  func whole() throws {
    #expect(read(try #require(Self.certificate())).names == ["lab.example", "10.0.0.1", "https://lab.example/"])
  }

  @Test("Changed octets, cut ends and noise inside a certificate never trap it")
  func changes() throws {
    let whole = try #require(Self.certificate())
    var generator = SeededGenerator(seed: 20261127)
    var parsed = 0
    for round in 0..<4_000 {
      var der = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        der[Int.random(in: der.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if round.isMultiple(of: 8) { der.removeLast(Int.random(in: 0..<der.count, using: &generator)) }
      if read(der).isParsed { parsed += 1 }
    }
    // Otherwise the reader would hardly have been reached.
    #expect(parsed > 1_000)
  }
}
