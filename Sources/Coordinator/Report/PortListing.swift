package import Listing
package import Model
package import Wire

/// Merged rows as they are printed: for people a process a column, for programs the whole list.
package enum PortListing {
  package static func listing(_ rows: [PortRow], isForMachines: Bool) -> Listing {
    let hasSeveralSites = Set(rows.map(\.site)).count > 1
    let hasProducts = rows.contains { $0.identified?.product != nil || $0.identified?.version != nil }
    var columns: [ListingColumn] = [
      .init("address", title: "ADDRESS"), .init("port", title: "PORT", alignment: .trailing),
      .init("protocol", title: "PROTO"), .init("state", title: "STATE"),
      .init("service", title: "SERVICE", dropPriority: 12),
      .init("product", title: "PRODUCT", dropPriority: 10, isWideOnly: !hasProducts),
      .init("version", title: "VERSION", dropPriority: 11, isWideOnly: !hasProducts),
    ]
    columns += ownerColumns(isForMachines: isForMachines)
    columns += [
      .init("verdict", title: "VERDICT"), .init("zone", title: "ZONE", dropPriority: 5),
      .init("otherZones", title: "DIFFERS IN", isWideOnly: true),
      .init("scope", title: "SCOPE", isWideOnly: true),
      .init("site", title: "SITE", dropPriority: 4, isWideOnly: !hasSeveralSites),
      .init("agent", title: "AGENT", isWideOnly: true), .init("reason", title: "REASON", isWideOnly: true),
      .init("isSelfView", title: "SELF VIEW", isWideOnly: true),
      .init("inventoryAt", title: "INVENTORY", isWideOnly: true),
      .init("firstSeen", title: "FIRST SEEN", isWideOnly: true), .init("lastSeen", title: "SEEN", dropPriority: 9),
      .init("lastChanged", title: "CHANGED", isWideOnly: true),
    ]
    columns += identityColumns
    columns.append(.init("names", title: "NAMES", isWideOnly: true))
    return Listing(
      columns: columns, rows: rows.map { row($0, isForMachines: isForMachines) })
  }

  /// What rows can be sorted by, whatever is printed: the values for programs, in which nothing stands for what is not known, and the
  /// name and id of the first process.
  package static func sortable(_ rows: [PortRow]) -> Listing {
    var listing = listing(rows, isForMachines: true)
    addOwners(rows.map(\.processes), to: &listing)
    return listing
  }

  package static func addOwners(_ owners: [[ListeningProcess]], to listing: inout Listing) {
    listing.columns += [.init("process", title: "PROCESS"), .init("pid", title: "PID")]
    for (index, processes) in owners.enumerated() {
      listing.rows[index] += [
        .text(ifPresent: Set(processes.map(\.name)).min()), .integer(ifPresent: processes.first.map { Int64($0.pid) }),
      ]
    }
  }

  /// Endpoints alone, `HOST:PORT/PROTO`, IPv6 addresses in brackets.
  package static func names(_ rows: [PortRow]) -> Listing {
    Listing(
      columns: [.init("endpoint", title: "ENDPOINT")],
      rows: rows.map { row in
        let host = row.address.family == .ipv6 ? "[\(row.address)]" : row.address.description
        return [.text("\(host):\(row.port)/\(row.protocol.rawValue)")]
      })
  }

  /// Appends a row's values for programs, one for each of the listing's columns.
  static func append(_ row: PortRow, to values: inout [ListingValue]) { append(row, isForMachines: true, to: &values) }

  private static func row(_ row: PortRow, isForMachines: Bool) -> [ListingValue] {
    var values: [ListingValue] = []
    append(row, isForMachines: isForMachines, to: &values)
    return values
  }

  private static func append(_ row: PortRow, isForMachines: Bool, to values: inout [ListingValue]) {
    values.append(.text(row.address.description))
    values.append(.integer(Int64(row.port.rawValue)))
    values.append(.text(row.protocol.rawValue))
    // A blank would read as closed; what was not looked at says so.
    values.append(row.state.map { .text($0.rawValue) } ?? (isForMachines ? .absent : .text("not covered")))
    values.append(
      .text(
        ifPresent: isForMachines
          ? row.service : row.service.map { ServiceTunnel.spoken($0, through: row.identified?.tunnel) }))
    values.append(.text(ifPresent: row.identified?.product))
    values.append(.text(ifPresent: row.identified?.version))
    appendOwner(
      row.processes, user: nil, unknown: row.ownerUnknownReason, unit: row.unit, isForMachines: isForMachines,
      to: &values)
    values.append(.text(ifPresent: row.verdict?.rawValue))
    values.append(.text(ifPresent: row.zone))
    values.append(.list(row.otherZones.map { .text($0) }))
    values.append(.text(row.scope))
    values.append(.text(row.site))
    values.append(.text(ifPresent: row.agent))
    values.append(.text(ifPresent: row.reason?.rawValue))
    values.append(.boolean(row.isSelfView))
    values.append(.time(ifPresent: row.inventoryAt))
    values.append(.time(ifPresent: row.firstSeen))
    values.append(.time(ifPresent: row.lastSeen))
    values.append(.time(ifPresent: row.lastChanged))
    appendIdentity(row, to: &values)
    values.append(.list((row.names ?? []).map { .text($0) }))
  }

  /// What identification told besides.
  private static let identityColumns: [ListingColumn] = [
    .init("info", title: "INFO", isWideOnly: true), .init("hostName", title: "HOST NAME", isWideOnly: true),
    .init("tunnel", title: "TUNNEL", isWideOnly: true), .init("tlsVersion", title: "TLS", isWideOnly: true),
    .init("confidence", title: "CONFIDENCE", isWideOnly: true), .init("banner", title: "BANNER", isWideOnly: true),
    .init("certificate", title: "CERTIFICATE", isWideOnly: true),
    .init("identifiedAt", title: "IDENTIFIED", isWideOnly: true),
  ]

  /// Appends values for `identityColumns`.
  private static func appendIdentity(_ row: PortRow, to values: inout [ListingValue]) {
    guard let facts = row.identified else {
      for _ in identityColumns.dropLast() { values.append(.absent) }
      return values.append(.time(ifPresent: row.identifiedAt))
    }
    values.append(.text(ifPresent: facts.info))
    values.append(.text(ifPresent: facts.hostName))
    values.append(.text(ifPresent: facts.tunnel?.rawValue))
    values.append(.text(ifPresent: facts.tlsVersion))
    values.append(.text(facts.confidence.rawValue))
    values.append(.text(ifPresent: facts.banner))
    values.append(facts.certificate?.listed ?? .absent)
    values.append(.time(ifPresent: row.identifiedAt))
  }

  package static func ownerColumns(isForMachines: Bool) -> [ListingColumn] {
    isForMachines
      ? [
        .init("processes", title: "PROCESSES"), .init("user", title: "USER"), .init("unit", title: "UNIT"),
        .init("ownerUnknownReason", title: "OWNER UNKNOWN"),
      ]
      : [
        .init("process", title: "PROCESS"), .init("pid", title: "PID", alignment: .trailing),
        .init("user", title: "USER", dropPriority: 8), .init("unit", title: "UNIT", isWideOnly: true),
        .init("ownerUnknownReason", title: "OWNER UNKNOWN", isWideOnly: true),
      ]
  }

  /// Values for `ownerColumns`.
  package static func owner(
    _ processes: [ListeningProcess], user: String?, unknown: String?, unit: String?, isForMachines: Bool
  ) -> [ListingValue] {
    var values: [ListingValue] = []
    appendOwner(processes, user: user, unknown: unknown, unit: unit, isForMachines: isForMachines, to: &values)
    return values
  }

  private static func appendOwner(
    _ processes: [ListeningProcess], user: String?, unknown: String?, unit: String?, isForMachines: Bool,
    to values: inout [ListingValue]
  ) {
    let users = processes.isEmpty ? [] : Set(processes.compactMap(\.user)).sorted()
    let shownUser = users.isEmpty ? user : users.joined(separator: ",")
    if isForMachines {
      values.append(processes.isEmpty ? .list([]) : .processes(processes))
    } else if let first = processes.first {
      // One row an endpoint: a server's many workers are one owner with a number.
      let names = Set(processes.map(\.name)).sorted().joined(separator: ",")
      values.append(.text(processes.count > 1 ? "\(names) (\(processes.count))" : names))
      values.append(.integer(Int64(first.pid)))
    } else {
      // The reason is a sentence: wide tables and machine formats have room for it.
      values.append(.text(unknown == nil ? "" : "?"))
      values.append(.absent)
    }
    values.append(.text(ifPresent: shownUser))
    values.append(.text(ifPresent: unit))
    values.append(.text(ifPresent: unknown))
  }
}
