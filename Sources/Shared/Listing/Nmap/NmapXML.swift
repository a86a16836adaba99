internal import Model

/// nmap's XML: valid by nmap.dtd of nmap 7.93, element by element as hosts are done.
///
/// `scanner` says nmap because the DTD allows no other value; `version` and `args` say who really scanned.
package enum NmapXML {
  /// The version of nmap's XML that this is (`xmloutputversion` of the DTD).
  private static let formatVersion = "1.05"

  package static func begin(_ scan: NmapScan) -> String {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE nmaprun>
      <!-- \(scan.program) \(comment(scan.version)) \(comment(scan.initiated)) -->
      <nmaprun scanner="nmap" args="\(MarkupText.escaped(scan.commandLine))" start="\(NmapWords.seconds(scan.startedAt))" \
      startstr="\(NmapWords.date(scan.startedAt))" version="\(MarkupText.escaped(scan.version))" \
      xmloutputversion="\(formatVersion)">

      """
    if case .ports(let ports) = scan.kind {
      for (transport, type) in [(TransportProtocol.tcp, "connect"), (.udp, "udp"), (.sctp, "sctpinit")]
      where !ports[transport].isEmpty {
        text += "<scaninfo type=\"\(type)\" protocol=\"\(transport.rawValue)\" "
        text += "numservices=\"\(ports[transport].count)\" services=\"\(ports[transport])\"/>\n"
      }
    }
    return text + "<verbose level=\"\(scan.verbosity)\"/>\n<debugging level=\"0\"/>\n"
  }

  package static func host(_ host: NmapHost, in scan: NmapScan) -> String {
    var bytes: [UInt8] = []
    append(host, in: scan, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the host's element as UTF-8, without a `String` for each part of it: charts have many ports.
  package static func append(_ host: NmapHost, in scan: NmapScan, to bytes: inout [UInt8]) {
    bytes.append("<host")
    if let time = host.startedAt { bytes.append(" starttime=", seconds: time) }
    if let time = host.endedAt { bytes.append(" endtime=", seconds: time) }
    if host.partial == ProbeReason.hostTimeout.rawValue { bytes.append(" timedout=\"true\"") }
    let partial = [host.partial.map { "partial: \($0)" }, host.address.interface.map { "on \($0)" }]
    let comment = (partial.compactMap(\.self) + host.remarks).joined(separator: "; ")
    if !comment.isEmpty { bytes.append(" comment=", quoting: comment) }
    bytes.append("><status state=", quoting: host.status.rawValue)
    bytes.append(" reason=", quoting: host.reason)
    bytes.append(" reason_ttl=\"0\"/>\n<address addr=\"")
    host.address.address.append(to: &bytes)
    bytes.append("\" addrtype=\"")
    bytes.append(host.address.address.family == .ipv4 ? "ipv4" : "ipv6")
    bytes.append("\"/>\n<hostnames>\n")
    for name in host.names {
      bytes.append("<hostname name=", quoting: name.text)
      bytes.append(" type=", quoting: name.source.rawValue)
      bytes.append("/>\n")
    }
    bytes.append("</hostnames>\n")
    if case .ports = scan.kind, host.status != .down || !host.ports.isEmpty { appendPorts(host, to: &bytes) }
    if let times = host.times {
      bytes += "<times srtt=\"\(times.smoothed)\" rttvar=\"\(times.variation)\" to=\"\(times.timeout)\"/>\n".utf8
    }
    bytes.append("</host>\n")
  }

  package static func end(_ ending: NmapEnding) -> String {
    let date = NmapWords.date(ending.endedAt)
    var text = "<runstats><finished time=\"\(NmapWords.seconds(ending.endedAt))\" timestr=\"\(date)\" "
    text += "summary=\"Nmap done at \(date); \(ending.counts)\" elapsed=\"\(ending.seconds)\" "
    if let failure = ending.failure {
      text += "exit=\"error\" errormsg=\"\(MarkupText.escaped(failure))\""
    } else {
      text += "exit=\"success\""
    }
    text += "/><hosts up=\"\(ending.up)\" down=\"\(ending.total - min(ending.up, ending.total))\" "
    return text + "total=\"\(ending.total)\"/>\n</runstats>\n</nmaprun>\n"
  }

  private static func appendPorts(_ host: NmapHost, to bytes: inout [UInt8]) {
    bytes.append("<ports>")
    for (state, count, parts) in host.othersByState {
      bytes += "<extraports state=\"\(state)\" count=\"\(count)\">\n".utf8
      for part in parts {
        bytes += "<extrareasons reason=\"\(part.reason.rawValue)\" count=\"\(part.ports.count)\" ".utf8
        bytes += "proto=\"\(part.transport.rawValue)\" ports=\"\(part.ports)\"/>\n".utf8
      }
      bytes.append("</extraports>\n")
    }
    for port in host.ports {
      bytes.append("<port protocol=", quoting: port.endpoint.transport.rawValue)
      bytes.append(" portid=\"")
      DecimalText.append(UInt64(port.endpoint.port.rawValue), to: &bytes)
      bytes.append("\"><state state=", quoting: NmapWords.state(port.state))
      bytes.append(" reason=", quoting: port.reason)
      bytes.append(" reason_ttl=\"0\"")
      if let sender = port.reasonSender { bytes += " reason_ip=\"\(sender)\"".utf8 }
      bytes.append("/>")
      if let owner = port.owner {
        bytes.append("<owner name=", quoting: owner)
        bytes.append("/>")
      }
      appendService(port, to: &bytes)
      bytes.append("</port>\n")
    }
    bytes.append("</ports>\n")
  }

  private static func appendService(_ port: NmapPort, to bytes: inout [UInt8]) {
    let name = port.service?.name ?? port.registeredName
    // The DTD wants a name where anything is told.
    guard name != nil || port.service?.extraInformation != nil else { return }
    bytes.append("<service name=", quoting: name ?? "unknown")
    guard let service = port.service else { return bytes.append(" method=\"table\" conf=\"3\"/>") }
    let isKnown = service.name != nil
    if isKnown, let product = service.product { bytes.append(" product=", quoting: product) }
    if isKnown, let version = service.version { bytes.append(" version=", quoting: version) }
    if let extra = service.extraInformation { bytes.append(" extrainfo=", quoting: extra) }
    if isKnown, let host = service.hostName { bytes.append(" hostname=", quoting: host) }
    if isKnown, service.isTunnelled { bytes.append(" tunnel=\"ssl\"") }
    // nmap's own matches are 10; what others could say too is less, and more than the 3 of a table.
    guard isKnown else { return bytes.append(" method=\"table\" conf=\"3\"/>") }
    bytes.append(" method=\"probed\" conf=\"")
    bytes.append(service.confidence == .certain ? "10" : "7")
    bytes.append("\"/>")
  }

  /// Text for a comment, in which two hyphens may not meet (XML 1.0, 2.5).
  package static func comment(_ text: String) -> String {
    var result = ""
    for scalar in MarkupText.escaped(text).unicodeScalars {
      if scalar == "-", result.unicodeScalars.last == "-" { result += " " }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

extension [UInt8] {
  /// An attribute's beginning and its value, escaped, between quotes.
  fileprivate mutating func append(_ beginning: StaticString, quoting text: String) {
    append(beginning)
    append(UInt8(ascii: "\""))
    MarkupText.append(text, to: &self)
    append(UInt8(ascii: "\""))
  }

  fileprivate mutating func append(_ beginning: StaticString, seconds time: Timestamp) {
    append(beginning, quoting: String(NmapWords.seconds(time)))
  }
}
