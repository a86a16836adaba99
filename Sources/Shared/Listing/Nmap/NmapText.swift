internal import Model

/// nmap's text for people (`-oN`), host by host.
package enum NmapText {
  package static func begin(_ scan: NmapScan) -> String {
    "# Nmap-style output of \(scan.program) \(PrintableText.escaped(scan.version)), \(scan.initiated)\n"
  }

  package static func host(_ host: NmapHost, in scan: NmapScan) -> String {
    var text = "Nmap scan report for \(host.title)"
    if case .list = scan.kind { return text + "\n" }
    guard host.status != .down else { return text + " [host down\(reason(host, scan))]\n" }
    text += "\n" + statusLine(host, scan)
    if let partial = host.partial { text += "Partial result: \(partial)\n" }
    if case .ports = scan.kind { text += ports(host, scan) + "\n" }
    return text
  }

  package static func end(_ ending: NmapEnding) -> String {
    let failure = ending.failure.map { " (\(PrintableText.escaped($0)))" } ?? ""
    return "# Nmap done at \(NmapWords.date(ending.endedAt)) -- \(ending.counts)\(failure)\n"
  }

  private static func reason(_ host: NmapHost, _ scan: NmapScan) -> String {
    scan.showReason || scan.verbosity > 0 ? ", received \(host.reason)" : ""
  }

  private static func statusLine(_ host: NmapHost, _ scan: NmapScan) -> String {
    guard host.status == .up else { return "Host could not be checked\(reason(host, scan)).\n" }
    var text = "Host is up" + reason(host, scan)
    if let times = host.times {
      let digits = String(max(0, times.smoothed) / 10 % 100_000)
      let fraction = String(repeating: "0", count: 5 - digits.count) + digits
      text += " (\(times.smoothed / 1_000_000).\(fraction)s latency)"
    }
    return text + ".\n"
  }

  private static func ports(_ host: NmapHost, _ scan: NmapScan) -> String {
    var text = ""
    let others = host.othersByState
    if !others.isEmpty {
      let total = others.reduce(0) { $0 + $1.count }
      if host.ports.isEmpty {
        text += total == 1 ? "The scanned port on" : "All \(total) scanned ports on"
        text += " \(host.title) \(total == 1 ? "is" : "are") in ignored states.\n"
      }
      let parts = others.flatMap { state, _, parts in
        parts.map {
          let ports = "\($0.transport.rawValue) port\(NmapWords.plural($0.ports.count))"
          return "\($0.ports.count) \(state) \(ports) (\($0.reason.rawValue))"
        }
      }
      text += "Not shown: " + parts.joined(separator: ", ") + "\n"
    }
    guard !host.ports.isEmpty else { return text }
    var listing = Listing(columns: [
      ListingColumn("port", title: "PORT"), ListingColumn("state", title: "STATE"),
      ListingColumn("service", title: "SERVICE"),
    ])
    if scan.showReason { listing.columns.append(ListingColumn("reason", title: "REASON")) }
    let showVersion = host.ports.contains { !$0.versionText.isEmpty }
    if showVersion { listing.columns.append(ListingColumn("version", title: "VERSION")) }
    listing.rows = host.ports.map { port in
      var row: [ListingValue] = [
        .text("\(port.endpoint.port)/\(port.endpoint.transport.rawValue)"), .text(NmapWords.state(port.state)),
        .text(port.serviceName() ?? "unknown"),
      ]
      if scan.showReason {
        row.append(.text(port.reason + (port.reasonSender.map { " from \($0)" } ?? "")))
      }
      if showVersion { row.append(.text(port.versionText)) }
      return row
    }
    // One blank between columns, as in nmap's own table.
    var table: [UInt8] = []
    TableLayout(columns: listing.columns, cells: ListingCells(listing.rows), width: nil, showHeaders: true, gap: 1)
      .write { $0(&table) }
    return text + String(decoding: table, as: UTF8.self)
  }
}
