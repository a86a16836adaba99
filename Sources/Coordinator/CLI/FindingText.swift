internal import Listing
internal import Model
internal import Wire

/// One finding, for people: what, since when, what it rests on, what to do.
enum FindingText {
  static func lines(_ row: FindingRow) -> [String] {
    var lines = ["\(row.id)  \(row.rule)  since \(row.since)", "  \(printable(row.detail))"]
    if let gone = row.goneAt { lines.append("  so no more since \(gone)") }
    if let until = row.acknowledgedUntil {
      lines.append("  acknowledged until \(until) by \(row.acknowledgedBy ?? "?"): \(printable(row.note ?? ""))")
    }
    if let endpoint = row.endpoint {
      lines.append("EVIDENCE")
      var view = "  outside: \(endpoint.state?.rawValue ?? "nobody looked")"
      if let zone = endpoint.zone { view += " from zone \(zone)" }
      if let seen = endpoint.lastSeen { view += ", last seen open \(seen)" }
      if let verdict = endpoint.verdict { view += "; \(verdict.rawValue)" }
      lines.append(view)
      if let service = endpoint.identified {
        let words = [service.name, service.product, service.version].compactMap(\.self).joined(separator: " ")
        lines.append("  service: \(printable(words))" + (endpoint.identifiedAt.map { ", asked \($0)" } ?? ""))
      }
      for process in endpoint.processes {
        var owner = "  inside: \(printable(process.name)) pid \(process.pid)"
        if let path = process.executable { owner += " \(printable(path))" }
        if let user = process.user { owner += ", as \(printable(user))" }
        if let start = process.startTime { owner += ", started \(start)" }
        lines.append(owner)
      }
      if let unit = endpoint.unit { lines.append("  unit: \(printable(unit))") }
      if let agent = endpoint.agent {
        lines.append("  told by agent \(agent)" + (endpoint.inventoryAt.map { ", \($0)" } ?? ""))
      }
      let host = endpoint.address.family == .ipv6 ? "[\(endpoint.address)]" : endpoint.address.description
      lines.append("  all of it: periplus explain \(host):\(endpoint.port)/\(endpoint.protocol.rawValue)")
    }
    if !row.advice.isEmpty {
      lines.append("ADVICE, to be read and judged first")
      lines += row.advice.map { "  \(printable($0))" }
    }
    return lines
  }

  /// What came from other machines must not move the cursor.
  private static func printable(_ text: String) -> String { PrintableText.escaped(text) }
}
