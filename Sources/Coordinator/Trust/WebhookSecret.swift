internal import Crypto
internal import FoundationEssentials

/// A secret of Standard Webhooks (standardwebhooks.com, "Signature scheme"): signs messages by HMAC-SHA256.
package struct WebhookSecret: Sendable {
  private let key: [UInt8]

  private static let prefix = "whsec_"

  /// Reads `whsec_` and base64 of 24 to 64 octets; nil for anything else.
  package init?(_ text: String) {
    guard text.hasPrefix(Self.prefix), let key = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
      (24...64).contains(key.count)
    else { return nil }
    self.key = Array(key)
  }

  /// A new one, of 32 random octets.
  package static func generate() -> String {
    // On Linux the system generator is getrandom(2).
    var generator = SystemRandomNumberGenerator()
    let octets = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return prefix + Data(octets).base64EncodedString()
  }

  /// `v1,` and the signature over `id.timestamp.body`; the timestamp is in seconds.
  package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
    let content = Array("\(id).\(timestamp).".utf8) + body
    let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key))
    return "v1," + Data(code).base64EncodedString()
  }
}
