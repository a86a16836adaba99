internal import Listing
internal import Model
internal import Wire

/// Endpoints of a report as rows of a table.
enum EndpointCells {
  /// Those that a host's heading tells come first.
  static let hostColumns: [ListingColumn] = [
    .init("address", title: "Address"), .init("site", title: "Site"), .init("scope", title: "Scope"),
  ]

  static let columns: [ListingColumn] = [
    .init("port", title: "Port", alignment: .trailing), .init("protocol", title: "Protocol"),
    .init("state", title: "State"), .init("service", title: "Service"), .init("product", title: "Product"),
    .init("verdict", title: "Verdict"), .init("zone", title: "Zone"), .init("process", title: "Process"),
    .init("user", title: "User"), .init("unit", title: "Unit"), .init("firstSeen", title: "First seen"),
    .init("lastSeen", title: "Last seen"), .init("lastChanged", title: "Changed"),
  ]

  static func host(_ row: PortRow) -> [ListingValue] {
    [.text(row.address.description), .text(row.site), .text(row.scope)]
  }

  static func cells(_ row: PortRow) -> [ListingValue] {
    let product = [row.identified?.product, row.identified?.version].compactMap(\.self).joined(separator: " ")
    let process =
      OwnerText.processes(row).map { "\($0.names) (\($0.pids))" } ?? row.ownerUnknownReason.map { "? (\($0))" }
    return [
      .integer(Int64(row.port.rawValue)), .text(row.protocol.rawValue),
      .text(row.state?.rawValue ?? "not covered"),
      .text(ifPresent: row.service.map { ServiceTunnel.spoken($0, through: row.identified?.tunnel) }), .text(product),
      .text(ifPresent: row.verdict?.rawValue), .text(ifPresent: row.zone), .text(ifPresent: process),
      .text(ifPresent: OwnerText.users(row)), .text(ifPresent: row.unit), time(row.firstSeen), time(row.lastSeen),
      time(row.lastChanged),
    ]
  }

  private static func time(_ time: Timestamp?) -> ListingValue { time.map { .time($0.milliseconds) } ?? .absent }

  /// Whether two rows lie on one host.
  static func isSameHost(_ left: PortRow?, _ right: PortRow) -> Bool {
    left?.address == right.address && left?.site == right.site && left?.scope == right.scope
  }
}
