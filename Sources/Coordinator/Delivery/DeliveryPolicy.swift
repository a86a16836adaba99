package import CoordinatorCore
package import Model

/// What the coordinator's root-owned configuration permits of deliveries.
package struct DeliveryPolicy: Sendable {
  /// Names, `*.` before a domain for all below it; with networks the only destinations, if there are any.
  var hosts: [String] = []
  var networks: [AddressRange] = []
  /// Programs that receivers may name.
  var commands: [String] = []
  package var caFile: String?
  /// Mail goes without TLS where the relay offers none; never with a password.
  var permitsPlainMail = false
  var syslogSocket = "/dev/log"
  var journalSocket = "/run/systemd/journal/socket"
  package var patience = DeliveryPatience()

  package init() {}

  private static let keys: Set<String> = [
    "allow", "commands", "ca-file", "mail-tls", "syslog-socket", "journal-socket", "retry-first", "retry-longest",
    "attempts",
  ]

  /// Reads a file's text. Throws an error that names the line.
  package init(_ text: String) throws(KeyValueFileError) {
    let file = try KeyValueFile(text, keys: Self.keys)
    func words(_ key: String) -> [String] {
      (file[key] ?? "").split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }).map(String.init)
    }
    for word in words("allow") {
      if let network = Self.network(word) {
        networks.append(network)
      } else {
        let name = word.hasPrefix("*.") ? String(word.dropFirst(2)) : word
        guard DestinationURL("http://\(name)", schemes: ["http"])?.host == name.lowercased() else {
          throw KeyValueFileError(
            line: file.entries["allow"]?.line ?? 0,
            message: "allow: \"\(word)\" is not an address, a network, a host's name or *.DOMAIN")
        }
        hosts.append(word.lowercased())
      }
    }
    commands = words("commands")
    if let relative = commands.first(where: { !$0.hasPrefix("/") }) {
      throw KeyValueFileError(
        line: file.entries["commands"]?.line ?? 0, message: "commands: \"\(relative)\" is not a whole path")
    }
    caFile = file["ca-file"]
    permitsPlainMail =
      try file.value("mail-tls", "required or if-offered") {
        ["required": false, "if-offered": true][$0]
      } ?? false
    if let path = file["syslog-socket"] { syslogSocket = path }
    if let path = file["journal-socket"] { journalSocket = path }
    patience.first = try file.value("retry-first", "a time such as 5s", Self.time) ?? patience.first
    patience.longest = try file.value("retry-longest", "a time such as 1h", Self.time) ?? patience.longest
    patience.attempts =
      try file.value("attempts", "1 to 100") { Int($0).flatMap { (1...100).contains($0) ? $0 : nil } }
      ?? patience.attempts
  }

  private static func time(_ text: String) -> Duration? {
    DurationText.read(text).flatMap { $0 > .zero && $0 <= .seconds(86_400) ? $0 : nil }
  }

  private static func network(_ text: String) -> AddressRange? {
    if let address = IPAddress(text) { return AddressRange(address) }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), let length = Int(parts[1]),
      (0...address.family.bitWidth).contains(length)
    else { return nil }
    return AddressRange(network: address, prefixLength: length)
  }

  // Destinations.

  /// Whether a host may be spoken to as far as its name says.
  func permits(name host: String) -> Bool {
    if let address = IPAddress(host) { return permits(address, of: host) }
    // A name that is not listed may still lie in a network that is.
    return hosts.isEmpty || !networks.isEmpty || isListed(host)
  }

  /// Whether this address of a host may be spoken to. What stands for the machine itself, its links or a cloud's metadata is not,
  /// unless a network names it.
  func permits(_ address: IPAddress, of host: String) -> Bool {
    let inner = address.embedded
    if networks.contains(where: { $0.family == inner.family && $0.contains(inner) }) { return true }
    if inner.isDangerous { return false }
    return (hosts.isEmpty && networks.isEmpty) || isListed(host)
  }

  private func isListed(_ host: String) -> Bool {
    hosts.contains { pattern in
      pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst(1)) && host.count > pattern.count - 1 : host == pattern
    }
  }
}

extension IPAddress {
  /// The IPv4 address that one of IPv6 stands for: mapped, translated (RFC 6052, 2.1) or tunnelled (RFC 3056, 2).
  fileprivate var embedded: IPAddress {
    let plain = unmapped
    guard plain.family == .ipv6 else { return plain }
    if plain.value >> 32 == UInt128(0x0064_ff9b) << 64 {
      return IPAddress(ipv4: UInt32(truncatingIfNeeded: plain.value))
    }
    if plain.value >> 112 == 0x2002 { return IPAddress(ipv4: UInt32(truncatingIfNeeded: plain.value >> 80)) }
    // ::a.b.c.d, long deprecated (RFC 4291, 2.5.5.1), but ::1 and :: are themselves.
    if plain.value > 1, plain.value >> 32 == 0 { return IPAddress(ipv4: UInt32(truncatingIfNeeded: plain.value)) }
    return plain
  }

  fileprivate var isDangerous: Bool {
    if isUnspecified || isLoopback || isLinkLocal || isMulticast { return true }
    if family == .ipv4 {
      // "This network" (RFC 1122, 3.2.1.3), broadcast, and metadata services outside 169.254.0.0/16.
      return value >> 24 == 0 || value == 0xffff_ffff || value == 0x6464_64c8 || value == 0xc000_00c0
    }
    // fd00:ec2::254, a cloud's metadata by IPv6.
    return value == UInt128(0xfd00_0ec2) << 96 | 0x254
  }
}
