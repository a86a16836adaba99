extension IPAddress {
  /// 0.0.0.0 or `::`: as a bound address it means every address of the host.
  package var isUnspecified: Bool { value == 0 }

  /// 127.0.0.0/8 (RFC 1122, 3.2.1.3), `::1` (RFC 4291, 2.5.3), and 127.0.0.0/8 mapped into IPv6.
  package var isLoopback: Bool {
    switch unmapped.family {
    case .ipv4: unmapped.value >> 24 == 127
    case .ipv6: value == 1
    }
  }

  /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291, 2.5.6): means a host on one link only.
  package var isLinkLocal: Bool {
    switch family {
    case .ipv4: value >> 16 == 0xa9fe
    case .ipv6: value >> 118 == 0x3fa
    }
  }

  /// 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291, 2.7): no single host answers there.
  package var isMulticast: Bool {
    switch family {
    case .ipv4: value >> 28 == 0xe
    case .ipv6: value >> 120 == 0xff
    }
  }

  /// The IPv4 address inside an IPv4-mapped IPv6 address (`::ffff:0:0/96`, RFC 4291, 2.5.5.2), any other unchanged.
  package var unmapped: IPAddress {
    guard family == .ipv6, value >> 32 == 0xffff else { return self }
    return IPAddress(family: .ipv4, value: value & UInt128(UInt32.max))
  }
}
