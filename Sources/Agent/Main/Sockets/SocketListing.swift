internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// Sockets as rows of a listing.
enum SocketListing {
  /// The keys and types of the standalone contract.
  static func forMachines(_ rows: [SocketRow], namespace: UInt64?) -> Listing {
    let keys = [
      "protocol", "family", "state", "localAddress", "localPort", "remoteAddress", "remotePort", "interface", "uid",
      "user", "inode", "cookie", "namespace", "processes",
    ]
    let columns = keys.map { ListingColumn($0, title: title($0)) }
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

  /// `localPort` is LOCAL PORT where a table shows it.
  private static func title(_ key: String) -> String {
    key.reduce(into: "") { $0 += $1.isUppercase ? " \($1)" : $1.uppercased() }
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

  /// A table in the manner of ss, with names of hosts and services where `names` knows them.
  static func forPeople(_ rows: [SocketRow], showsProcesses: Bool, names: EndpointNames?) -> Listing {
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
          .text(local(row, names)), .text(row.transport.rawValue), .text(row.state.rawValue), .text(remote(row, names)),
          .integer(Int64(row.receiveQueue)), .integer(Int64(row.sendQueue)),
          .text(ifPresent: row.user ?? row.uid.map { "\($0)" }), .integer(ifPresent: row.inode.map { Int64($0) }),
          .text(owners(row.ownership)),
        ]
      })
  }

  private static func local(_ row: SocketRow, _ names: EndpointNames?) -> String {
    endpoint(row.localAddress, row.localPort, row.transport, interface: row.interface, names)
  }

  private static func remote(_ row: SocketRow, _ names: EndpointNames?) -> String {
    endpoint(row.remoteAddress, row.remotePort, row.transport, interface: nil, names)
  }

  /// `10.0.0.1:80`, `[::1%lo]:80`, `localhost:http`; `*` stands for any address and any port.
  private static func endpoint(
    _ address: IPAddress, _ port: Port, _ transport: TransportProtocol, interface: String?, _ names: EndpointNames?
  ) -> String {
    let zone = interface.map { "%\($0)" } ?? ""
    let service = port == 0 ? "*" : names?.service(port, transport) ?? port.description
    if !address.isUnspecified, let name = names?.host(address) { return "\(name)\(zone):\(service)" }
    let host = "\(address.isUnspecified ? "*" : address.description)\(zone)"
    return "\(address.family == .ipv6 ? "[\(host)]" : host):\(service)"
  }

  private static func owners(_ ownership: ProcessOwnership) -> String {
    switch ownership {
    case .known(let processes): processes.map { "\($0.name)(\($0.pid))" }.joined(separator: ",")
    case .unknown(let reason): "unknown: \(reason.rawValue)"
    case .notApplicable: ""
    }
  }
}
