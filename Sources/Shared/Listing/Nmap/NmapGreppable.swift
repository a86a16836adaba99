internal import Model

/// nmap's lines for grep (`-oG`): fields behind tabs, parts of a port behind slashes.
package enum NmapGreppable {
  package static func begin(_ scan: NmapScan) -> String {
    var text = "# Nmap-style output of \(scan.program) \(PrintableText.escaped(scan.version)), \(scan.initiated)\n"
    if scan.verbosity > 0, case .ports(let ports) = scan.kind {
      let parts = [("TCP", ports.tcp), ("UDP", ports.udp), ("SCTP", ports.sctp)].map { "\($0)(\($1.count);\($1))" }
      text += "# Ports scanned: \(parts.joined(separator: " ")) PROTOCOLS(0;)\n"
    }
    return text
  }

  package static func host(_ host: NmapHost, in scan: NmapScan) -> String {
    let name = host.names.first.map { field($0.text) } ?? ""
    let head = "Host: \(host.address) (\(name))"
    let status =
      switch host.status {
      case .up: "Up"
      case .down: "Down"
      case .unknown: "Unknown"
      }
    let first = "\(head)\tStatus: \(status)\n"
    guard case .ports = scan.kind, host.status != .down else { return first }
    var fields: [String] = []
    if !host.ports.isEmpty { fields.append("Ports: " + host.ports.map(port).joined(separator: ", ")) }
    // nmap gives one state here; more are more honest, and a reader of the first still finds it.
    let others = host.othersByState.map { "\($0.state) (\($0.count))" }
    if !others.isEmpty { fields.append("Ignored State: " + others.joined(separator: ", ")) }
    if let partial = host.partial { fields.append("Partial: \(partial)") }
    guard !fields.isEmpty else { return first }
    return first + head + "\t" + fields.joined(separator: "\t") + "\n"
  }

  package static func end(_ ending: NmapEnding) -> String { NmapText.end(ending) }

  private static func port(_ port: NmapPort) -> String {
    let service = port.serviceName(separator: "|").map(field) ?? ""
    return "\(port.endpoint.port)/\(NmapWords.state(port.state))/\(port.endpoint.transport.rawValue)//\(service)//"
      + field(port.versionText) + "/"
  }

  /// Text that cannot end its field: slashes part a port's fields and commas its neighbours.
  private static func field(_ text: String) -> String {
    String(
      PrintableText.escaped(text).map { character in
        switch character {
        case "/": "|"
        case ",": ";"
        default: character
        }
      })
  }
}
