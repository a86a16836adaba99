internal import Listing
internal import SocketInventory

extension SocketListing {
  /// Every column that `--columns` can name: those of both forms, and the concise `pid` and `process`.
  static func every(
    _ rows: [SocketRow], namespace: UInt64?, isForPeople: Bool, names: EndpointNames?
  ) -> Listing {
    let machine = forMachines(rows, namespace: namespace)
    let people = forPeople(rows, showsProcesses: true, names: names)
    var listing = isForPeople ? people : machine
    let other = isForPeople ? machine : people
    let added = other.columns.indices.filter { index in
      !listing.columns.contains { $0.key == other.columns[index].key }
    }
    listing.columns += added.map { other.columns[$0] }
    listing.columns += [ListingColumn("pid", title: "PID"), ListingColumn("process", title: "PROCESS")]
    for (index, row) in rows.enumerated() {
      listing.rows[index] += added.map { other.rows[index][$0] }
      guard case .known(let processes) = row.ownership else {
        listing.rows[index] += [.absent, .absent]
        continue
      }
      listing.rows[index] += [
        .list(processes.map { .integer(Int64($0.pid)) }), .list(processes.map { .text($0.name) }),
      ]
    }
    return listing
  }

  /// Columns that show processes, so that they are looked for.
  static let processColumns: Set<String> = ["pid", "process", "processes"]
}
