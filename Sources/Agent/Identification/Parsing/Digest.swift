internal import COpenSSL

/// Fingerprints.
enum Digest {
  /// SHA-256 (FIPS 180-4), 32 octets.
  static func sha256(_ octets: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    // Fails only where memory ran out; then zeros would be a false fingerprint.
    let result = copenssl_sha256(octets, octets.count, &digest)
    precondition(result == 1, "OpenSSL has SHA-256")
    return digest
  }

  static func hex(_ octets: [UInt8]) -> String { octets.map(WireText.hex).joined() }

  /// Base64 without padding (RFC 4648, 4), as ssh-keygen(1) prints fingerprints.
  static func base64(_ octets: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: octets.count, by: 3) {
      let group = octets[start..<min(start + 3, octets.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0...group.count { text.append(alphabet[bits >> (18 - 6 * place) & 63]) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
