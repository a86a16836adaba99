internal import Listing
internal import Model
internal import Wire

/// Changes of a report as rows of a table.
enum ChangeCells {
  static let columns: [ListingColumn] = [
    .init("at", title: "Seen"), .init("change", title: "Change"), .init("address", title: "Address"),
    .init("port", title: "Port", alignment: .trailing), .init("protocol", title: "Protocol"),
    .init("before", title: "Was"), .init("now", title: "Is"), .init("zone", title: "Zone"),
    .init("agent", title: "Seen by"), .init("after", title: "Last seen as before"), .init("site", title: "Site"),
  ]

  static func cells(_ row: ChangeRow) -> [ListingValue] {
    let site = [row.site, row.scope].filter { !$0.isEmpty }.joined(separator: ", ")
    return [
      .time(row.at.milliseconds), .text(row.change), .text(row.address.description),
      .integer(ifPresent: row.port.map { Int64($0.rawValue) }), .text(ifPresent: row.protocol?.rawValue),
      .text(ifPresent: row.detailBefore ?? row.stateBefore?.rawValue),
      .text(ifPresent: row.detail ?? row.state?.rawValue), .text(row.zone), .text(row.agent),
      .time(ifPresent: row.after), .text(site),
    ]
  }
}
