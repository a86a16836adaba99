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
      <!-- periplus-agent \(comment(scan.version)) \(comment(scan.initiated)) -->
      <nmaprun scanner="nmap" args="\(escaped(scan.commandLine))" start="\(NmapWords.seconds(scan.startedAt))" \
      startstr="\(NmapWords.date(scan.startedAt))" version="\(escaped(scan.version))" \
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
    var text = "<host"
    if let time = host.startedAt { text += " starttime=\"\(NmapWords.seconds(time))\"" }
    if let time = host.endedAt { text += " endtime=\"\(NmapWords.seconds(time))\"" }
    if host.partial == ProbeReason.hostTimeout.rawValue { text += " timedout=\"true\"" }
    let remarks = [host.partial.map { "partial: \($0)" }, host.address.interface.map { "on \($0)" }]
    let comment = remarks.compactMap(\.self).joined(separator: "; ")
    if !comment.isEmpty { text += " comment=\"\(escaped(comment))\"" }
    text += "><status state=\"\(host.status.rawValue)\" reason=\"\(escaped(host.reason))\" reason_ttl=\"0\"/>\n"
    let type = host.address.address.family == .ipv4 ? "ipv4" : "ipv6"
    text += "<address addr=\"\(host.address.address)\" addrtype=\"\(type)\"/>\n<hostnames>\n"
    for name in host.names {
      text += "<hostname name=\"\(escaped(name.text))\" type=\"\(name.source.rawValue)\"/>\n"
    }
    text += "</hostnames>\n"
    if case .ports = scan.kind, host.status != .down || !host.ports.isEmpty {
      text += ports(host)
    }
    if let times = host.times {
      text += "<times srtt=\"\(times.smoothed)\" rttvar=\"\(times.variation)\" to=\"\(times.timeout)\"/>\n"
    }
    return text + "</host>\n"
  }

  package static func end(_ ending: NmapEnding) -> String {
    let date = NmapWords.date(ending.endedAt)
    var text = "<runstats><finished time=\"\(NmapWords.seconds(ending.endedAt))\" timestr=\"\(date)\" "
    text += "summary=\"Nmap done at \(date); \(ending.counts)\" elapsed=\"\(ending.seconds)\" "
    if let failure = ending.failure {
      text += "exit=\"error\" errormsg=\"\(escaped(failure))\""
    } else {
      text += "exit=\"success\""
    }
    text += "/><hosts up=\"\(ending.up)\" down=\"\(ending.total - min(ending.up, ending.total))\" "
    return text + "total=\"\(ending.total)\"/>\n</runstats>\n</nmaprun>\n"
  }

  private static func ports(_ host: NmapHost) -> String {
    var text = "<ports>"
    for (state, count, parts) in host.othersByState {
      text += "<extraports state=\"\(state)\" count=\"\(count)\">\n"
      for part in parts {
        text += "<extrareasons reason=\"\(part.reason.rawValue)\" count=\"\(part.ports.count)\" "
        text += "proto=\"\(part.transport.rawValue)\" ports=\"\(part.ports)\"/>\n"
      }
      text += "</extraports>\n"
    }
    for port in host.ports {
      text += "<port protocol=\"\(port.endpoint.transport.rawValue)\" portid=\"\(port.endpoint.port)\">"
      text += "<state state=\"\(NmapWords.state(port.state))\" reason=\"\(port.reason.rawValue)\" reason_ttl=\"0\""
      if let sender = port.reasonSender { text += " reason_ip=\"\(sender)\"" }
      text += "/>" + service(port) + "</port>\n"
    }
    return text + "</ports>\n"
  }

  private static func service(_ port: NmapPort) -> String {
    guard let name = port.identity?.service ?? port.registeredName else { return "" }
    var text = "<service name=\"\(escaped(name))\""
    guard let identity = port.identity, identity.service != nil else {
      return text + " method=\"table\" conf=\"3\"/>"
    }
    if let product = identity.product { text += " product=\"\(escaped(product))\"" }
    if let version = identity.version { text += " version=\"\(escaped(version))\"" }
    if let extra = port.extraInformation { text += " extrainfo=\"\(escaped(extra))\"" }
    if port.isTunnelled { text += " tunnel=\"ssl\"" }
    // nmap's own matches are 10; what others could say too is less, and more than the 3 of a table.
    return text + " method=\"probed\" conf=\"\(identity.confidence == .certain ? 10 : 7)\"/>"
  }

  /// Text for an attribute. Controls, which XML 1.0, 2.2 allows not even as references, and what could forge a line stand
  /// as visible escapes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in PrintableText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text for a comment, in which two hyphens may not meet (XML 1.0, 2.5).
  private static func comment(_ text: String) -> String {
    var result = ""
    for scalar in escaped(text).unicodeScalars {
      if scalar == "-", result.unicodeScalars.last == "-" { result += " " }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
