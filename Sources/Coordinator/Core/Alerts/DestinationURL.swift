package import Model

/// A URL to which messages go, read strictly: what another reader might take for another host is refused.
package struct DestinationURL: Hashable, Sendable {
  package let scheme: String
  /// In lower case; an IPv6 address without brackets.
  package let host: String
  package let port: Int
  /// With what follows it; empty, or begins with a slash.
  package let path: String

  private static let standardPorts = ["http": 80, "https": 443, "smtp": 25, "smtps": 465]
  private static let lengthLimit = 4_096

  /// Nil for other schemes, names with a user, a fragment, blanks, or hosts that are neither a name nor an address.
  package init?(_ text: String, schemes: Set<String>) {
    guard text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x5c }),
      !text.contains("#"), let mark = text.firstRange(of: "://")
    else { return nil }
    let scheme = text[..<mark.lowerBound].lowercased()
    guard schemes.contains(scheme), let standard = Self.standardPorts[scheme] else { return nil }
    let rest = text[mark.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let tail = rest[authority.endIndex...]
    guard !authority.contains("@") else { return nil }
    let name: Substring
    var number = ""[...]
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      name = authority[authority.index(after: authority.startIndex)..<end]
      let after = authority[authority.index(after: end)...]
      guard after.isEmpty || after.first == ":", let address = IPAddress(name), address.family == .ipv6 else {
        return nil
      }
      if !after.isEmpty { number = after.dropFirst() }
      if !after.isEmpty, number.isEmpty { return nil }
    } else {
      let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      name = parts[0]
      if parts.count == 2 {
        number = parts[1]
        if number.isEmpty { return nil }
      }
      guard Self.isHost(name) else { return nil }
    }
    if number.isEmpty {
      port = standard
    } else {
      guard let read = UInt16(number), read > 0 else { return nil }
      port = Int(read)
    }
    self.scheme = scheme
    host = name.lowercased()
    path = tail.first == "?" ? "/" + tail : String(tail)
  }

  /// A whole IPv4 address, or a name whose last label no reader takes for a number (RFC 3696, 2).
  private static func isHost(_ name: Substring) -> Bool {
    if IPAddress(name)?.family == .ipv4 { return true }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard name.utf8.count <= 253, let last = labels.last, last.first?.isLetter ?? false else { return false }
    return labels.allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63
        && label.utf8.allSatisfy { octet in
          (0x30...0x39).contains(octet) || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet)
            || octet == 0x2d || octet == 0x5f
        }
    }
  }

  package var address: IPAddress? { IPAddress(host) }

  /// Without the path, which may be a credential.
  package var origin: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(name)" + (port == Self.standardPorts[scheme] ? "" : ":\(port)")
  }

  package var text: String { origin + path }
}
