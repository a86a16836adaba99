internal import Listing
internal import Wire

/// Counts of endpoints as they are printed.
enum CountListing {
  static func listing(_ rows: [CountRow], by field: String) -> Listing {
    Listing(
      columns: [
        .init("value", title: field.uppercased()), .init("endpoints", title: "ENDPOINTS", alignment: .trailing),
      ],
      rows: rows.map { [.text(ifPresent: $0.value), .integer(Int64($0.endpoints))] })
  }
}
