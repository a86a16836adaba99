internal import Crypto

/// A credential that this coordinator makes up: shown once, kept only as its SHA-256.
///
/// 256 random bits need no slow hash: there is nothing to guess (OWASP ASVS 5.0, 11.4.2).
package struct Secret: Sendable {
  /// What the credential is for; the prefix lets people and secret scanners recognise one.
  package enum Purpose: String, Sendable {
    case join = "ppj_"
    case api = "ppa_"
    case agent = "ppg_"
    case lease = "ppl_"
  }

  /// The credential itself: prefix and 43 characters of base64url (RFC 4648, 5).
  package let text: String

  package var hash: [UInt8] { Self.hash(of: text) }

  package init(_ purpose: Purpose) {
    // On Linux the system generator is getrandom(2).
    var generator = SystemRandomNumberGenerator()
    // A call for each eight octets: one for each octet cost more than all else that a lease is made of.
    let octets = (0..<4).flatMap { _ in
      let word: UInt64 = generator.next()
      return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
    text = purpose.rawValue + Self.base64URL(octets)
  }

  /// SHA-256 of a credential as it was presented.
  package static func hash(of text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

  /// SHA-256 of any octets; names the content of a chunk.
  package static func digest(of octets: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: octets)) }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

  private static func base64URL(_ octets: [UInt8]) -> String {
    var text = ""
    for start in stride(from: 0, to: octets.count, by: 3) {
      let group = octets[start..<min(start + 3, octets.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for position in 0...group.count { text.append(alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)]) }
    }
    return text
  }
}
