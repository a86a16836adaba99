internal import CoordinatorCore
internal import Model
internal import Wire

/// Checks what an agent says of a service. An agent is not believed to have kept the bounds: these are strangers' texts.
enum ServiceBounds {
  /// Throws a `Refusal` that points at the text at fault.
  static func check(_ facts: ServiceFacts, at pointer: String) throws {
    for (field, text) in facts.texts {
      guard text.utf8.count <= WireLimits.serviceTextBytes else {
        throw Refusal(
          .invalidValue, "at most \(WireLimits.serviceTextBytes) octets are expected", at: "\(pointer)/\(field)")
      }
      guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw Refusal(.invalidValue, "control characters are to be escaped", at: "\(pointer)/\(field)")
      }
    }
    if let certificate = facts.certificate {
      guard certificate.alternativeNames.count <= WireLimits.certificateNames else {
        throw Refusal(
          .invalidValue, "at most \(WireLimits.certificateNames) names are expected",
          at: "\(pointer)/certificate/alternativeNames")
      }
      let digest = certificate.sha256.utf8
      guard digest.count == 64, digest.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
        throw Refusal(
          .invalidValue, "64 lowercase hexadecimal digits are expected", at: "\(pointer)/certificate/sha256")
      }
    }
  }
}
