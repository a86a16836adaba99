internal import Listing
internal import Model
internal import Wire

/// Counts of endpoints as they are printed.
enum CountListing {
  /// `time` is when they were counted, where that is not when it was asked for.
  static func listing(_ rows: [CountRow], at time: Timestamp?, by field: String, isForMachines: Bool) -> Listing {
    Listing(
      columns: [
        .init("value", title: field.uppercased()), .init("endpoints", title: "ENDPOINTS", alignment: .trailing),
      ] + (isForMachines ? [.init("countedAt", title: "COUNTED")] : []),
      rows: rows.map { row in
        // A blank would read as a name that is empty.
        [row.value.map { .text($0) } ?? (isForMachines ? .absent : .text("not known")), .integer(Int64(row.endpoints))]
          + (isForMachines ? [.time(ifPresent: time)] : [])
      })
  }
}
