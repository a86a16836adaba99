internal import Listing
internal import Model

extension ServiceIdentity {
  /// The service for people: with `ssl/` before it where TLS comes first, as nmap's users know it.
  ///
  /// - Parameter registered: the port's registered name, for a service that is none of the known ones.
  /// - Returns: nil where neither is known.
  func spokenService(registered: String?) -> String? {
    service.map { ServiceTunnel.spoken($0, through: tunnel) } ?? registered
  }

  /// The end of a scan's row: the service's name and the members after it, up to and with the closing brace.
  ///
  /// - Parameter registered: the port's registered name, for a service that is none of the known ones.
  /// - Returns: JSON text.
  func jsonMembers(registered: String?) -> String {
    var text = ""
    JSONText.append(.text(ifPresent: service ?? registered), to: &text)
    let members: [(StaticString, ListingValue)] = [
      ("product", .text(ifPresent: product)), ("version", .text(ifPresent: version)),
      ("banner", .text(ifPresent: banner)),
      ("confidence", .text(confidence.rawValue)), ("tls", tls?.listed ?? .absent), ("http", http?.listed ?? .absent),
      ("ssh", ssh?.listed ?? .absent),
    ]
    for (key, value) in members {
      text += ",\"\(key)\":"
      JSONText.append(value, to: &text)
    }
    return text + "}"
  }
}

extension TLSIdentity {
  fileprivate var listed: ListingValue {
    .object([
      "start": .text(start.rawValue), "version": .text(version), "alpn": .text(ifPresent: alpn),
      "certificate": certificate?.listed ?? .absent,
    ])
  }
}

extension HTTPIdentity {
  fileprivate var listed: ListingValue {
    .object([
      "status": .integer(Int64(status)), "server": .text(ifPresent: server), "title": .text(ifPresent: title),
      "location": .text(ifPresent: location),
    ])
  }
}

extension SSHIdentity {
  fileprivate var listed: ListingValue {
    .object([
      "software": .text(software), "keyType": .text(ifPresent: keyType), "fingerprint": .text(ifPresent: fingerprint),
    ])
  }
}
