internal import FoundationEssentials
internal import Wire
package import Worker

/// What the agent and the inventory service say to each other: one question a connection, one answer. Pure.
///
/// ```
/// question = "periplus-inventory" SP version SP "sample" LF
/// answer   = "periplus-inventory" SP version SP ( "sample" SP length LF body | "refused" SP reason LF )
/// ```
///
/// The body is the sample in JSON. Whoever changes what a sample holds, so that an older reader or writer cannot be
/// understood, raises `version`: the agent then reads by itself until the service is the new one too.
package enum InventoryExchange {
  package static let version = 1

  /// Bounds in octets, held by both sides.
  package static let questionBytes = 64
  package static let headBytes = 512
  package static let bodyBytes = WireLimits.inflatedBodyBytes

  private static let name = "periplus-inventory"

  /// The first line of an answer.
  package enum Head: Hashable, Sendable {
    /// So many octets follow.
    case sample(length: Int)
    case refused(reason: String)
  }

  package static var question: [UInt8] { Array("\(name) \(version) sample\n".utf8) }

  /// Reads a question's line, without its line break.
  ///
  /// - Throws: `InventoryServiceError`, whose message is the reason of a refusal.
  package static func check(question line: [UInt8]) throws(InventoryServiceError) {
    let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[0] == name, let spoken = Int(words[1]) else {
      throw InventoryServiceError(.nonsense, "this is no question that the inventory service knows")
    }
    guard spoken == version, words[2] == "sample" else {
      throw InventoryServiceError(.refused, "the inventory service speaks version \(version), not \(spoken)")
    }
  }

  package static func answer(_ sample: InventorySample) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let body = try encoder.encode(sample)
    guard body.count <= bodyBytes else {
      throw InventoryServiceError(.failed, "the sample has \(body.count) octets, more than the \(bodyBytes) allowed")
    }
    return Array("\(name) \(version) sample \(body.count)\n".utf8) + body
  }

  package static func refusal(_ reason: String) -> [UInt8] {
    // One line, whatever the reason says.
    let line = reason.utf8.map { $0 < 0x20 ? 0x20 : $0 }.prefix(headBytes / 2)
    return Array("\(name) \(version) refused ".utf8) + line + [UInt8(ascii: "\n")]
  }

  /// Reads an answer's first line, without its line break.
  ///
  /// - Throws: `InventoryServiceError` for what is none, or of another version.
  package static func head(_ line: [UInt8]) throws(InventoryServiceError) -> Head {
    let words = String(decoding: line, as: UTF8.self).split(
      separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, words[0] == name, let spoken = Int(words[1]) else {
      throw InventoryServiceError(.nonsense, "what answers is no inventory service")
    }
    if words[2] == "refused" { return .refused(reason: String(words[3])) }
    guard spoken == version else {
      throw InventoryServiceError(.nonsense, "the inventory service speaks version \(spoken), this agent \(version)")
    }
    guard words[2] == "sample", let length = Int(words[3]), (0...bodyBytes).contains(length) else {
      throw InventoryServiceError(.nonsense, "the inventory service's answer cannot be read")
    }
    return .sample(length: length)
  }

  /// - Throws: `InventoryServiceError` for a body that is no sample, or holds more than a sample may.
  package static func sample(_ body: [UInt8]) throws(InventoryServiceError) -> InventorySample {
    guard let sample = try? JSONDecoder().decode(InventorySample.self, from: Data(body)),
      sample.listeners.count <= WireLimits.listenersPerInventory,
      sample.addresses.count <= WireLimits.addressesPerInventory
    else { throw InventoryServiceError(.nonsense, "the inventory service's sample cannot be read") }
    return sample
  }
}
