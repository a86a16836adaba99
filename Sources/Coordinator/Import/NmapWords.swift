internal import Listing
internal import Model

/// Words and numbers of nmap's XML, as strangers and a program of another house have written them.
enum NmapWords {
  /// Octets of a text that a stranger has chosen; as agents' inventories bound it (`WireLimits.serviceTextBytes`).
  static let textLimit = 256
  /// Ranges of one list: every port of a protocol by itself.
  private static let rangeLimit = 1 << 16

  /// Nil: a state that is no fact of the chart's, such as `unfiltered`.
  static func state(
    _ text: String?, _ reason: String?, _ transport: TransportProtocol, isByConnecting: Bool
  ) -> (EndpointState, ProbeReason)? {
    let known = reason.flatMap(ProbeReason.init)
    switch text {
    case "open": return (.open, known ?? (transport == .udp ? .udpResponse : .synAck))
    case "closed":
      // nmap says reset of a SYN's answer, masscan rst-ack or rst.
      return (.closed, transport == .udp ? known ?? .portUnreachable : .connectionRefused)
    case "filtered":
      let why = known ?? .noResponse
      let isUnreachable = why == .networkUnreachable || why == .hostUnreachable && !isByConnecting
      return (isUnreachable ? .unreachable : .filtered, why)
    case "open|filtered": return (.openOrFiltered, known ?? .noResponse)
    default: return nil
    }
  }

  /// Only what was asked of the port itself: the rest is a table of numbers.
  static func service(_ attributes: [String: String]) -> ServiceFacts? {
    guard attributes["method"] == "probed" || attributes["banner"] != nil else { return nil }
    let name = attributes["name"].map(text)
    let confidence = attributes["conf"].flatMap { Int($0) } ?? 0
    return ServiceFacts(
      name: name == "unknown" || name == "tcpwrapped" ? nil : name, product: attributes["product"].map(text),
      version: attributes["version"].map(text), info: attributes["extrainfo"].map(text),
      hostName: attributes["hostname"].map(text), confidence: confidence >= 8 ? .certain : .likely,
      tunnel: attributes["tunnel"] == "ssl" ? .tls : nil, banner: attributes["banner"].map(text))
  }

  /// Bounded and printable: strangers have chosen it.
  static func text(_ text: String) -> String {
    // No scalar becomes shorter by being escaped.
    let escaped = PrintableText.escaped(String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit))))
    guard escaped.utf8.count > textLimit else { return escaped }
    var cut = String.UnicodeScalarView()
    var octets = 0
    for scalar in escaped.unicodeScalars {
      octets += UTF8.width(scalar)
      if octets > textLimit { break }
      cut.append(scalar)
    }
    return String(cut)
  }

  /// Seconds since 1970; nil: none is given.
  static func time(_ text: String?) throws(ImportError) -> Timestamp? {
    guard let text, !text.isEmpty else { return nil }
    guard let seconds = Int64(text), (1...253_402_300_799).contains(seconds) else {
      throw ImportError("\"\(Self.text(text))\" is no time in seconds since 1970")
    }
    return Timestamp(milliseconds: seconds * 1_000)
  }

  /// `1,3-4,5`.
  static func ports(_ text: String) throws(ImportError) -> PortSet {
    let words = text.split(separator: ",", maxSplits: rangeLimit)
    guard words.count <= rangeLimit else { throw ImportError("a list has more than \(rangeLimit) ports and ranges") }
    var ranges: [ClosedRange<UInt16>] = []
    ranges.reserveCapacity(words.count)
    for word in words {
      let ends = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = ends.first.flatMap({ UInt16($0) }), let last = ends.last.flatMap({ UInt16($0) }), first <= last
      else { throw ImportError("\"\(Self.text(String(word)))\" is no port and no range of ports") }
      ranges.append(first...last)
    }
    return PortSet(ranges)
  }
}
