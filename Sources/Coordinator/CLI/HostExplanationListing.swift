internal import Listing
internal import Model
internal import Wire

/// What is known of a host: for programs an object, for people a field a line.
enum HostExplanationListing {
  static func listing(_ rows: [HostExplanationRow], isForMachines: Bool) -> Listing {
    guard isForMachines else {
      return Listing(
        columns: [.init("field", title: "WHAT"), .init("value", title: "SEEN")], rows: rows.flatMap(lines))
    }
    return Listing(
      columns: [
        .init("site", title: "SITE"), .init("scope", title: "SCOPE"), .init("address", title: "ADDRESS"),
        .init("state", title: "STATE"), .init("why", title: "WHY"), .init("openPorts", title: "OPEN"),
        .init("listeners", title: "LISTENERS"), .init("names", title: "NAMES"), .init("agent", title: "AGENT"),
        .init("firstSeen", title: "FIRST SEEN"), .init("lastSeen", title: "SEEN"), .init("changedAt", title: "SINCE"),
        .init("inventoryAt", title: "INVENTORY"), .init("isInventoryCurrent", title: "INVENTORY CURRENT"),
        .init("views", title: "VIEWS"), .init("looks", title: "LOOKS"), .init("nameHistory", title: "NAME HISTORY"),
        .init("otherAddresses", title: "ALSO AT"), .init("reason", title: "REASON"),
      ],
      rows: rows.map { row in
        let host = row.host
        return [
          .text(host.site), .text(host.scope), .text(host.address.description), .text(ifPresent: host.state),
          .text(row.why), .integer(Int64(host.openPorts)), .integer(Int64(host.listeners)),
          .list(host.names.map { .text($0) }), .text(ifPresent: host.agent), .time(ifPresent: host.firstSeen),
          .time(ifPresent: host.lastSeen), .time(ifPresent: host.changedAt), .time(ifPresent: row.inventoryAt),
          .boolean(row.isInventoryCurrent), .list(row.views.map(object)),
          .list(
            row.looks.map { look in
              .object([
                "zone": .text(look.zone), "at": .time(look.at.milliseconds), "agent": .text(look.agent),
                "job": .text(ifPresent: look.job?.description),
              ])
            }),
          .list(
            (row.names ?? []).map { named in
              .object([
                "name": .text(ifPresent: named.name), "zone": .text(named.zone), "from": .time(named.from.milliseconds),
                "to": .time(named.to.milliseconds), "agent": .text(named.agent),
                "job": .text(ifPresent: named.job?.description),
              ])
            }), .list((host.otherAddresses ?? []).map { .text($0.description) }),
          .text(ifPresent: host.reason?.rawValue),
        ]
      })
  }

  private static func object(_ view: HostExplanationRow.View) -> ListingValue {
    .object([
      "zone": .text(view.zone), "isSelfView": .boolean(view.isSelfView), "state": .text(view.state),
      "reason": .text(ifPresent: view.reason?.rawValue),
      "firstSeen": .time(view.firstSeen.milliseconds), "lastSeen": .time(view.lastSeen.milliseconds),
      "agent": .text(view.agent), "job": .text(ifPresent: view.job?.description), "why": .text(view.why),
      "runs": .list(
        view.runs.map { run in
          .object([
            "state": .text(run.state), "reason": .text(ifPresent: run.reason?.rawValue),
            "from": .time(run.from.milliseconds), "to": .time(run.to.milliseconds),
            "change": .text(ifPresent: run.change), "agent": .text(run.agent),
            "job": .text(ifPresent: run.job?.description),
          ])
        }),
    ])
  }

  private static func lines(_ row: HostExplanationRow) -> [[ListingValue]] {
    let host = row.host
    var lines: [(String, String)] = [
      ("HOST", "\(host.address) of site \(host.site)\(host.scope.isEmpty ? "" : ", at \(host.scope)")"),
      ("STATE", "\(host.state ?? "unknown")\(host.reason.map { " (\($0.rawValue))" } ?? ""): \(row.why)"),
    ]
    if let changed = host.changedAt { lines.append(("SINCE", "\(changed)")) }
    if let others = host.otherAddresses {
      lines.append(("ALSO AT", others.map(\.description).joined(separator: " ")))
    }
    if !host.names.isEmpty { lines.append(("NAMES", host.names.joined(separator: " "))) }
    for named in row.names ?? [] {
      let time = named.from == named.to ? "at \(named.from)" : "from \(named.from) to \(named.to)"
      lines.append(
        (
          "  NAME",
          "\(named.name ?? "none") \(time), as the resolver of zone \(named.zone) says, asked by agent \(named.agent)"
        ))
    }
    for view in row.views {
      let from = view.isSelfView ? "\(view.zone), from the host itself" : "zone \(view.zone)"
      lines.append(("VIEW", "\(view.state) from \(from): \(view.why)"))
      lines.append(("  SEEN BY", "agent \(view.agent)\(view.job.map { ", \($0)" } ?? "")"))
      for run in view.runs {
        let time = run.from == run.to ? "at \(run.from)" : "from \(run.from) to \(run.to)"
        lines.append(
          (
            "  RUN",
            "\(run.state)\(run.reason.map { ", by \($0.rawValue)," } ?? "") \(time)\(run.change.map { " (\($0))" } ?? ""), by agent \(run.agent)"
          ))
      }
    }
    for look in row.looks {
      let job = look.job.map { ", \($0)" } ?? ""
      lines.append(("LOOK", "from zone \(look.zone) at \(look.at) by agent \(look.agent)\(job); no answer yet"))
    }
    if row.views.isEmpty, row.looks.isEmpty { lines.append(("VIEW", "no zone has looked")) }
    lines.append(("ENDPOINTS", "\(host.openPorts) open, \(host.listeners) listened on"))
    if let agent = host.agent {
      let age = row.inventoryAt.map {
        "its inventory is of \($0)\(row.isInventoryCurrent ? "" : ", older than allowed")"
      }
      lines.append(("INSIDE", "agent \(agent) lives there; \(age ?? "it has sent no inventory")"))
    } else {
      lines.append(("INSIDE", "no agent lives there, or several say so"))
    }
    return lines.map { [.text($0.0), .text($0.1)] }
  }
}
