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
    var text = "<host"
    if let time = host.startedAt { text += " starttime=\"\(NmapWords.seconds(time))\"" }
    if let time = host.endedAt { text += " endtime=\"\(NmapWords.seconds(time))\"" }
    if host.partial == ProbeReason.hostTimeout.rawValue { text += " timedout=\"true\"" }
    let partial = [host.partial.map { "partial: \($0)" }, host.address.interface.map { "on \($0)" }]
    let comment = (partial.compactMap(\.self) + host.remarks).joined(separator: "; ")
    if !comment.isEmpty { text += " comment=\"\(MarkupText.escaped(comment))\"" }
    text +=
      "><status state=\"\(host.status.rawValue)\" reason=\"\(MarkupText.escaped(host.reason))\" reason_ttl=\"0\"/>\n"
    let type = host.address.address.family == .ipv4 ? "ipv4" : "ipv6"
    text += "<address addr=\"\(host.address.address)\" addrtype=\"\(type)\"/>\n<hostnames>\n"
    for name in host.names {
      text += "<hostname name=\"\(MarkupText.escaped(name.text))\" type=\"\(name.source.rawValue)\"/>\n"
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
      text += "exit=\"error\" errormsg=\"\(MarkupText.escaped(failure))\""
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
      text += "<state state=\"\(NmapWords.state(port.state))\" "
      text += "reason=\"\(MarkupText.escaped(port.reason))\" reason_ttl=\"0\""
      if let sender = port.reasonSender { text += " reason_ip=\"\(sender)\"" }
      text += "/>"
      if let owner = port.owner { text += "<owner name=\"\(MarkupText.escaped(owner))\"/>" }
      text += service(port) + "</port>\n"
    }
    return text + "</ports>\n"
  }

  private static func service(_ port: NmapPort) -> String {
    let name = port.service?.name ?? port.registeredName
    // The DTD wants a name where anything is told.
    guard name != nil || port.service?.extraInformation != nil else { return "" }
    var text = "<service name=\"\(MarkupText.escaped(name ?? "unknown"))\""
    guard let service = port.service else { return text + " method=\"table\" conf=\"3\"/>" }
    let isKnown = service.name != nil
    if isKnown, let product = service.product { text += " product=\"\(MarkupText.escaped(product))\"" }
    if isKnown, let version = service.version { text += " version=\"\(MarkupText.escaped(version))\"" }
    if let extra = service.extraInformation { text += " extrainfo=\"\(MarkupText.escaped(extra))\"" }
    if isKnown, let host = service.hostName { text += " hostname=\"\(MarkupText.escaped(host))\"" }
    if isKnown, service.isTunnelled { text += " tunnel=\"ssl\"" }
    // nmap's own matches are 10; what others could say too is less, and more than the 3 of a table.
    guard isKnown else { return text + " method=\"table\" conf=\"3\"/>" }
    return text + " method=\"probed\" conf=\"\(service.confidence == .certain ? 10 : 7)\"/>"
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
