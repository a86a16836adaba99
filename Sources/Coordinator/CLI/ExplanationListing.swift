internal import Listing
internal import Model
internal import Wire

/// What is known of an endpoint: for programs an object, for people a field a line.
enum ExplanationListing {
  static func listing(_ rows: [ExplanationRow], isForMachines: Bool) -> Listing {
    guard isForMachines else {
      return Listing(
        columns: [.init("field", title: "WHAT"), .init("value", title: "SEEN")], rows: rows.flatMap(lines))
    }
    return Listing(
      columns: [
        .init("site", title: "SITE"), .init("scope", title: "SCOPE"), .init("address", title: "ADDRESS"),
        .init("port", title: "PORT"), .init("protocol", title: "PROTO"), .init("verdict", title: "VERDICT"),
        .init("why", title: "WHY"), .init("agent", title: "AGENT"), .init("inventoryAt", title: "INVENTORY"),
        .init("isInventoryCurrent", title: "INVENTORY CURRENT"), .init("views", title: "VIEWS"),
        .init("listeners", title: "LISTENERS"), .init("services", title: "SERVICES"),
      ],
      rows: rows.map { row in
        [
          .text(row.site), .text(row.scope), .text(row.address.description), .integer(Int64(row.port.rawValue)),
          .text(row.protocol.rawValue), .text(ifPresent: row.verdict?.rawValue), .text(row.why),
          .text(ifPresent: row.agent), .time(ifPresent: row.inventoryAt), .boolean(row.isInventoryCurrent),
          .list(row.views.map(object)), .list(row.listeners.map(object)),
          .list(
            row.services.map { service in
              .object([
                "zone": .text(service.zone), "name": .text(ifPresent: service.facts.name),
                "product": .text(ifPresent: service.facts.product), "version": .text(ifPresent: service.facts.version),
                "observedAt": .time(service.observedAt.milliseconds),
              ])
            }),
        ]
      })
  }

  private static func object(_ view: ExplanationRow.View) -> ListingValue {
    .object([
      "zone": .text(view.zone), "isSelfView": .boolean(view.isSelfView), "state": .text(view.state.rawValue),
      "reason": .text(view.reason.rawValue), "observedAt": .time(view.observedAt.milliseconds),
      "firstSeen": .time(ifPresent: view.firstSeen), "lastSeen": .time(ifPresent: view.lastSeen),
      "agent": .text(view.agent), "job": .text(ifPresent: view.job?.description),
      "scan": .text(ifPresent: view.scan?.description), "verdict": .text(ifPresent: view.verdict?.rawValue),
      "why": .text(view.why),
      "runs": .list(
        view.runs.map { run in
          .object([
            "state": .text(run.state.rawValue), "from": .time(run.from.milliseconds), "to": .time(run.to.milliseconds),
            "change": .text(ifPresent: run.change), "agent": .text(run.agent),
            "job": .text(ifPresent: run.job?.description),
          ])
        }),
    ])
  }

  private static func object(_ listener: ListenerRow) -> ListingValue {
    .object([
      "agent": .text(listener.agent), "address": .text(listener.address.description),
      "user": .text(ifPresent: listener.user), "unit": .text(ifPresent: listener.unit),
      "container": .text(ifPresent: listener.container),
      "inode": .integer(ifPresent: listener.inode.map { Int64(bitPattern: $0) }),
      "ownerUnknownReason": .text(ifPresent: listener.ownerUnknownReason),
      "firstSeen": .time(listener.firstSeen.milliseconds), "lastSeen": .time(listener.lastSeen.milliseconds),
      "processes": .list(
        listener.processes.map { process in
          .object([
            "pid": .integer(Int64(process.pid)), "name": .text(process.name),
            "executable": .text(ifPresent: process.executable), "user": .text(ifPresent: process.user),
            "startTime": .time(ifPresent: process.startTime),
          ])
        }),
    ])
  }

  private static func lines(_ row: ExplanationRow) -> [[ListingValue]] {
    let host = row.address.family == .ipv6 ? "[\(row.address)]" : row.address.description
    var lines: [(String, String)] = [
      (
        "ENDPOINT",
        "\(host):\(row.port)/\(row.protocol.rawValue) of site \(row.site)\(row.scope.isEmpty ? "" : ", at \(row.scope)")"
      ),
      ("VERDICT", "\(row.verdict?.rawValue ?? "none"): \(row.why)"),
    ]
    if row.views.isEmpty { lines.append(("VIEW", "no zone has looked")) }
    for view in row.views {
      let from = view.isSelfView ? "\(view.zone), from the host itself" : "zone \(view.zone)"
      let work = [view.job?.description, view.scan?.description].compactMap(\.self).joined(separator: " of ")
      lines.append(("VIEW", "\(view.state.rawValue) (\(view.reason.rawValue)) from \(from), at \(view.observedAt)"))
      lines.append(("  SEEN BY", "agent \(view.agent)\(work.isEmpty ? "" : ", \(work)")"))
      lines.append(("  SAYS", "\(view.verdict?.rawValue ?? "no verdict"): \(view.why)"))
      for run in view.runs {
        let time = run.from == run.to ? "at \(run.from)" : "from \(run.from) to \(run.to)"
        lines.append(
          ("  RUN", "\(run.state.rawValue) \(time)\(run.change.map { " (\($0))" } ?? ""), by agent \(run.agent)"))
      }
    }
    for service in row.services {
      let facts = [service.facts.name, service.facts.product, service.facts.version].compactMap(\.self)
      lines.append(("SERVICE", "\(facts.joined(separator: " ")) from zone \(service.zone), at \(service.observedAt)"))
    }
    for (index, listener) in row.listeners.enumerated() {
      lines.append((index == 0 ? "LISTENER" : "LISTENER BESIDE", described(listener)))
      for process in listener.processes { lines.append(("  PROCESS", described(process))) }
    }
    if let agent = row.agent {
      let age = row.inventoryAt.map {
        "its inventory is of \($0)\(row.isInventoryCurrent ? "" : ", older than allowed")"
      }
      lines.append(("INSIDE", "agent \(agent) lives there; \(age ?? "it has sent no inventory")"))
      if row.listeners.isEmpty, row.inventoryAt != nil { lines.append(("LISTENER", "none in the inventory")) }
    } else {
      lines.append(("INSIDE", "no agent lives there, or several say so"))
    }
    return lines.map { [.text($0.0), .text($0.1)] }
  }

  private static func described(_ listener: ListenerRow) -> String {
    let host = listener.address.family == .ipv6 ? "[\(listener.address)]" : listener.address.description
    let parts = [
      "\(host):\(listener.port)", listener.user.map { "of user \($0)" }, listener.unit.map { "unit \($0)" },
      listener.container.map { "container \($0)" }, listener.inode.map { "inode \($0)" },
      listener.processes.isEmpty ? listener.ownerUnknownReason ?? "no process known" : nil,
      "seen from \(listener.firstSeen) to \(listener.lastSeen)",
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  private static func described(_ process: ListeningProcess) -> String {
    let parts = [
      "\(process.name), pid \(process.pid)", process.executable, process.user.map { "user \($0)" },
      process.startTime.map { "started \($0)" }, process.commandLine,
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }
}
