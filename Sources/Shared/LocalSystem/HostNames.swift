internal import Glibc
package import Model

/// Host names to addresses by the system's resolver.
package enum HostNames {
  /// What the resolver said of a list of names.
  package struct Answer: Sendable {
    /// The addresses of each name that has any, in the resolver's order (RFC 6724), each once.
    package var resolved: [String: [IPAddress]] = [:]

    /// The names without an address and the resolver's reason, in the order asked.
    package var failed: [(name: String, reason: String)] = []
  }

  /// Asks getaddrinfo(3) for each name in turn; one address family where `family` is given.
  ///
  /// Blocks for as long as the resolver does, which may be many seconds a name: never call it on the cooperative pool.
  /// Link-local answers lose their interface, which names of /etc/hosts do not carry anyway.
  package static func resolve(_ names: [String], family: IPAddress.Family? = nil) -> Answer {
    var answer = Answer()
    for name in names {
      switch addresses(of: name, family: family) {
      case .success(let addresses): answer.resolved[name] = addresses
      case .failure(let failure): answer.failed.append((name, failure.reason))
      }
    }
    return answer
  }

  /// The name of an address by getnameinfo(3), nil where it has none or nobody knows. Blocks for as long as the resolver does.
  package static func name(of address: IPAddress) -> String? { lookUp(address).name }

  /// What an address is called, by getnameinfo(3): `noName` for `EAI_NONAME`, `unknown` where no name server answered, or not
  /// with a name. Blocks for as long as the resolver does.
  package static func lookUp(_ address: IPAddress) -> HostNameAnswer {
    let octets = address.octets
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code: Int32
    switch address.family {
    case .ipv4:
      var socketAddress = sockaddr_in()
      socketAddress.sin_family = sa_family_t(AF_INET)
      withUnsafeMutableBytes(of: &socketAddress.sin_addr) { $0.copyBytes(from: octets) }
      code = lookUp(&socketAddress, &name)
    case .ipv6:
      var socketAddress = sockaddr_in6()
      socketAddress.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &socketAddress.sin6_addr) { $0.copyBytes(from: octets) }
      code = lookUp(&socketAddress, &name)
    }
    guard code == 0 else { return code == EAI_NONAME ? .noName : .unknown }
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? .unknown : .name(text)
  }

  private static func lookUp<Address>(_ address: inout Address, _ name: inout [CChar]) -> Int32 {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getnameinfo(
          $0, socklen_t(MemoryLayout<Address>.size), &name, socklen_t(name.count), nil, 0, NI_NAMEREQD)
      }
    }
  }

  private struct Failure: Error {
    let reason: String
  }

  private static func addresses(of name: String, family: IPAddress.Family?) -> Result<[IPAddress], Failure> {
    var hints = addrinfo()
    hints.ai_family =
      switch family {
      case nil: AF_UNSPEC
      case .ipv4: AF_INET
      case .ipv6: AF_INET6
      }
    // One socket type, else each address comes three times.
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &list)
    guard code == 0 else {
      let system = errno
      let reason =
        code == EAI_SYSTEM
        ? strerror(system).map { String(cString: $0) } : gai_strerror(code).map { String(cString: $0) }
      return .failure(Failure(reason: reason ?? "unknown error \(code)"))
    }
    defer { freeaddrinfo(list) }
    var found: [IPAddress] = []
    var entry = list
    while let current = entry?.pointee {
      if let address = address(of: current), !found.contains(address) { found.append(address) }
      entry = current.ai_next
    }
    return found.isEmpty ? .failure(Failure(reason: "it has no address")) : .success(found)
  }

  private static func address(of entry: addrinfo) -> IPAddress? {
    guard let pointer = entry.ai_addr else { return nil }
    let raw = UnsafeRawPointer(pointer)
    switch entry.ai_family {
    case AF_INET:
      let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
      return withUnsafeBytes(of: address) { IPAddress(octets: $0) }
    case AF_INET6:
      let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      return withUnsafeBytes(of: address) { IPAddress(octets: $0) }
    default: return nil
    }
  }
}
