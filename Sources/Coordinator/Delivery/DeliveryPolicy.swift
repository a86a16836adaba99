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

  /// Whether a host may be spoken to as far as its name says; `own` are this machine's addresses.
  func permits(name host: String, own: Set<IPAddress> = []) -> Bool {
    if let address = IPAddress(host) { return permits(address, of: host, own: own) }
    // A name that is not listed may still lie in a network that is.
    return hosts.isEmpty || !networks.isEmpty || isListed(host)
  }

  /// Whether this address of a host may be spoken to. What stands for the machine itself, its links or a cloud's metadata is not,
  /// unless a network names it.
  func permits(_ address: IPAddress, of host: String, own: Set<IPAddress> = []) -> Bool {
    let plain = address.unmapped
    let embedded = plain.embedded
    func isNamed(_ address: IPAddress) -> Bool {
      networks.contains { $0.family == address.family && $0.contains(address) }
    }
    for form in [plain] + embedded where form.isDangerous || own.contains(form) {
      guard isNamed(form) else { return false }
    }
    if isNamed(plain) || !embedded.isEmpty && embedded.allSatisfy(isNamed) { return true }
    return (hosts.isEmpty && networks.isEmpty) || isListed(host)
  }

  private func isListed(_ host: String) -> Bool {
    hosts.contains { pattern in
      pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst(1)) && host.count > pattern.count - 1 : host == pattern
    }
  }
}

extension IPAddress {
  /// The IPv4 addresses that one of IPv6 may stand for to a translator or at a tunnel's end; an address that is of several forms
  /// may be taken for any of them.
  fileprivate var embedded: [IPAddress] {
    guard family == .ipv6 else { return [] }
    func at(_ shift: Int) -> IPAddress { IPAddress(ipv4: UInt32(truncatingIfNeeded: value >> UInt128(shift))) }
    /// Octets from the 64th bit on are behind one that is zero (RFC 6052, 2.2).
    func split(_ before: Int) -> IPAddress {
      let high = UInt32(truncatingIfNeeded: value >> 64) << UInt32(32 - before)
      let low = UInt32(truncatingIfNeeded: value >> UInt128(24 + before)) & (UInt32.max >> UInt32(before))
      return IPAddress(ipv4: high | low)
    }
    var found: [IPAddress] = []
    // NAT64: the well-known prefix (RFC 6052, 2.1), and the one for local use with each length that may lie in it (RFC 8215).
    if value >> 32 == UInt128(0x0064_ff9b) << 64 { found.append(at(0)) }
    if value >> 80 == 0x0064_ff9b_0001 {
      let forms = [split(16), split(8), split(0), at(0)]
      // Of the wrong length an address is mostly zeros, which is no address.
      let likely = forms.filter { $0.value >> 24 != 0 }
      found += likely.isEmpty ? forms : likely
    }
    // ::ffff:0:a.b.c.d, translated without state (RFC 2765, 2.1).
    if value >> 32 == 0xffff_0000 { found.append(at(0)) }
    // 6to4 (RFC 3056, 2).
    if value >> 112 == 0x2002 { found.append(at(80)) }
    // Teredo: a server, and a client whose bits are turned round (RFC 4380, 4).
    if value >> 96 == 0x2001_0000 {
      found += [at(64), IPAddress(ipv4: ~UInt32(truncatingIfNeeded: value))]
    }
    // ISATAP (RFC 5214, 6.1), with the bit for addresses unique in the world or without.
    if UInt32(truncatingIfNeeded: value >> 32) & ~0x0200_0000 == 0x0000_5efe { found.append(at(0)) }
    // ::a.b.c.d, long deprecated (RFC 4291, 2.5.5.1), but ::1 and :: are themselves.
    if value > 1, value >> 32 == 0 { found.append(at(0)) }
    return found
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
