package import Listing
internal import Model
package import Wire

/// Rows of a comparison as they are printed.
package enum DiffListing {
  package static let columns: [ListingColumn] = [
    .init("change", title: "CHANGE"), .init("address", title: "ADDRESS"),
    .init("port", title: "PORT", alignment: .trailing), .init("protocol", title: "PROTO"),
    .init("before", title: "WAS"), .init("now", title: "IS"),
    .init("seenBefore", title: "SEEN BEFORE", dropPriority: 8), .init("seen", title: "SEEN", dropPriority: 9),
    .init("scope", title: "SCOPE", isWideOnly: true), .init("site", title: "SITE", dropPriority: 2),
    .init("ignoredChange", title: "IGNORED", isWideOnly: true),
    .init("ignoredBecause", title: "BECAUSE", isWideOnly: true),
  ]

  package static func listing(_ rows: [DiffRow]) -> Listing {
    Listing(
      columns: columns,
      rows: rows.map { row in
        var values: [ListingValue] = []
        append(row, to: &values)
        return values
      })
  }

  /// Appends a row's values, one for each of the columns.
  static func append(_ row: DiffRow, to values: inout [ListingValue]) {
    values.append(.text(row.change))
    values.append(.text(row.address.description))
    values.append(.integer(ifPresent: row.port.map { Int64($0.rawValue) }))
    values.append(.text(ifPresent: row.protocol?.rawValue))
    values.append(.text(ifPresent: row.detailBefore ?? row.stateBefore?.rawValue))
    values.append(.text(ifPresent: row.detail ?? row.state?.rawValue))
    values.append(.time(ifPresent: row.seenBefore))
    values.append(.time(ifPresent: row.seen))
    values.append(.text(row.scope))
    values.append(.text(row.site))
    values.append(.text(ifPresent: row.ignoredChange))
    values.append(.text(ifPresent: row.ignoredBecause))
  }
}
