internal import Listing
internal import Model
internal import SocketInventory

/// Sockets as rows of a listing.
enum SocketListing {
  /// The keys and types of the standalone contract.
  static func forMachines(_ rows: [SocketRow], namespace: UInt64?) -> Listing {
    let keys = [
      "protocol", "family", "state", "localAddress", "localPort", "remoteAddress", "remotePort", "interface", "uid",
      "user", "inode", "cookie", "namespace", "processes",
    ]
    let columns = keys.map { ListingColumn($0, title: $0) }
    return Listing(
      columns: columns,
      rows: rows.map { row in
        [
          .text(row.transport.rawValue), .text(row.family == .ipv4 ? "ipv4" : "ipv6"), .text(row.state.rawValue),
          .text(row.localAddress.description), .integer(Int64(row.localPort.rawValue)),
          .text(row.remoteAddress.description), .integer(Int64(row.remotePort.rawValue)),
          .text(ifPresent: row.interface), .integer(ifPresent: row.uid.map { Int64($0) }), .text(ifPresent: row.user),
          .integer(ifPresent: row.inode.map { Int64($0) }), .integer(Int64(bitPattern: row.cookie)),
          .integer(ifPresent: namespace.map { Int64(bitPattern: $0) }), processes(row.ownership),
        ]
      })
  }

  private static func processes(_ ownership: ProcessOwnership) -> ListingValue {
    guard case .known(let processes) = ownership else { return .absent }
    return .list(
      processes.map { process in
        .object([
          "pid": .integer(Int64(process.pid)), "name": .text(process.name),
          "executable": .text(ifPresent: process.executable), "user": .text(ifPresent: process.user),
          "startTime": .time(process.startTime),
        ])
      })
  }

  /// A table in the manner of ss.
  static func forPeople(_ rows: [SocketRow], showsProcesses: Bool) -> Listing {
    var columns = [
      ListingColumn("local", title: "LOCAL"), ListingColumn("protocol", title: "PROTO"),
      ListingColumn("state", title: "STATE"), ListingColumn("remote", title: "REMOTE"),
      ListingColumn("receiveQueue", title: "RECV-Q", dropPriority: 2, alignment: .trailing),
      ListingColumn("sendQueue", title: "SEND-Q", dropPriority: 2, alignment: .trailing),
      ListingColumn("user", title: "USER", dropPriority: 3),
      ListingColumn("inode", title: "INODE", alignment: .trailing, isWideOnly: true),
    ]
    if showsProcesses { columns.append(ListingColumn("processes", title: "PROCESSES")) }
    return Listing(
      columns: columns,
      rows: rows.map { row in
        [
          .text(endpoint(row.localAddress, row.localPort, interface: row.interface)), .text(row.transport.rawValue),
          .text(row.state.rawValue), .text(endpoint(row.remoteAddress, row.remotePort, interface: nil)),
          .integer(Int64(row.receiveQueue)), .integer(Int64(row.sendQueue)),
          .text(ifPresent: row.user ?? row.uid.map { "\($0)" }), .integer(ifPresent: row.inode.map { Int64($0) }),
          .text(owners(row.ownership)),
        ]
      })
  }

  /// `10.0.0.1:80`, `[::1%lo]:80`; `*` stands for any address and any port.
  private static func endpoint(_ address: IPAddress, _ port: Port, interface: String?) -> String {
    let host = "\(address.isUnspecified ? "*" : address.description)\(interface.map { "%\($0)" } ?? "")"
    let bracketed = address.family == .ipv6 ? "[\(host)]" : host
    return "\(bracketed):\(port == 0 ? "*" : port.description)"
  }

  private static func owners(_ ownership: ProcessOwnership) -> String {
    switch ownership {
    case .known(let processes): processes.map { "\($0.name)(\($0.pid))" }.joined(separator: ",")
    case .unknown(let reason): "unknown: \(reason.rawValue)"
    case .notApplicable: ""
    }
  }
}
