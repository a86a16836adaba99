internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// Sockets as rows of a listing.
enum SocketListing {
  /// The keys and types of the standalone contract, and behind them what else is known.
  static let forMachines: [SocketColumn] = [
    SocketColumn("protocol") { .text($0.socketProtocol.rawValue) },
    SocketColumn("family") { .text($0.family.map { $0 == .ipv4 ? "ipv4" : "ipv6" } ?? "unix") },
    SocketColumn("state") { .text($0.state.rawValue) },
    SocketColumn("localAddress") { .text($0.unix?.path ?? $0.localAddress.description) },
    SocketColumn("localPort") { $0.unix == nil ? .integer(Int64($0.localPort.rawValue)) : .absent },
    SocketColumn("remoteAddress") { row in
      row.unix.map { .text(ifPresent: $0.peerPath) } ?? .text(row.remoteAddress.description)
    },
    SocketColumn("remotePort") { $0.unix == nil ? .integer(Int64($0.remotePort.rawValue)) : .absent },
    SocketColumn("interface") { .text(ifPresent: $0.interface) },
    SocketColumn("uid") { .integer(ifPresent: $0.uid.map { Int64($0) }) },
    SocketColumn("user") { .text(ifPresent: $0.user) },
    SocketColumn("inode") { .integer(ifPresent: $0.inode.map { Int64($0) }) },
    SocketColumn("cookie") { .integer(ifPresent: $0.cookie.map { Int64(bitPattern: $0) }) },
    SocketColumn("namespace") { .integer(ifPresent: $0.namespace.inode.map { Int64(bitPattern: $0) }) },
    SocketColumn("processes") { processes($0.ownership) },
    SocketColumn("ownerUnknownReason") { row in
      if case .unknown(let reason) = row.ownership { .text(reason.rawValue) } else { .absent }
    },
    SocketColumn("receiveQueue") { .integer(Int64($0.receiveQueue)) },
    SocketColumn("sendQueue") { .integer(Int64($0.sendQueue)) },
    SocketColumn("timer") { row in
      guard let timer = row.timer else { return .absent }
      return .object([
        "name": .text(timer.rawValue), "milliseconds": .integer(ifPresent: row.timerMilliseconds.map { Int64($0) }),
        "retransmits": .integer(Int64(row.retransmits)),
      ])
    },
    SocketColumn("isIPv6Only") { $0.isIPv6Only.map { .boolean($0) } ?? .absent },
    SocketColumn("mark") { .integer(ifPresent: $0.mark.map { Int64($0) }) },
    SocketColumn("cgroup") { .integer(ifPresent: $0.cgroupID.map { Int64(bitPattern: $0) }) },
    SocketColumn("type") { .text(ifPresent: $0.unix?.kind.rawValue) },
    SocketColumn("peerInode") { .integer(ifPresent: $0.unix?.peerInode.map { Int64($0) }) },
    SocketColumn("namespaceName") { .text(ifPresent: namespace($0)) },
    SocketColumn("sampledAt") { .time($0.namespace.sampledAt) },
    SocketColumn("ownersReadAt") { $0.ownersReadAt.map { .time($0) } ?? .absent },
  ]

  private static func processes(_ ownership: ProcessOwnership) -> ListingValue {
    guard case .known(let holders) = ownership else { return .absent }
    return .list(
      holders.map { holder in
        let process = holder.process
        return .object([
          "pid": .integer(Int64(process.pid)), "name": .text(process.name),
          "executable": .text(ifPresent: process.executable), "user": .text(ifPresent: process.user),
          "startTime": .time(process.startTime), "descriptor": .integer(Int64(holder.descriptor)),
          "parentPid": .integer(Int64(process.parentPid)), "commandLine": .text(ifPresent: process.commandLine),
          "unit": .text(ifPresent: process.unit), "container": .text(ifPresent: process.container),
        ])
      })
  }

  /// A table in the manner of ss, with names of hosts and services where `names` knows them.
  static func forPeople(names: EndpointNames?) -> [SocketColumn] {
    SocketTableColumn.allCases.map { column in
      SocketColumn(column.column) { SocketTableColumn.value(column, of: $0, names) }
    }
  }

  /// What `--columns` can name besides, of each holder one item.
  static let concise: [SocketColumn] = [
    SocketColumn("pid") { each($0) { .integer(Int64($0.process.pid)) } },
    SocketColumn("process") { each($0) { .text($0.process.name) } },
    SocketColumn("unit") { each($0) { .text(ifPresent: $0.process.unit) } },
    SocketColumn("container") { each($0) { .text(ifPresent: $0.process.container) } },
    SocketColumn("command") { each($0) { .text(ifPresent: $0.process.commandLine) } },
  ]

  private static func each(_ row: SocketRow, _ value: (SocketHolder) -> ListingValue) -> ListingValue {
    guard case .known(let holders) = row.ownership else { return .absent }
    let values = holders.map(value).filter { $0 != .absent }
    return values.isEmpty ? .absent : .list(values)
  }

  /// Every column that `--columns` can name: those of both forms, and the concise ones.
  static func every(isForPeople: Bool, names: EndpointNames?) -> [SocketColumn] {
    let people = forPeople(names: names)
    let (first, second) = isForPeople ? (people, forMachines) : (forMachines, people)
    return (first + second + concise).reduce(into: []) { result, column in
      if !result.contains(where: { $0.column.key == column.column.key }) { result.append(column) }
    }
  }

  /// Columns that show processes, so that they are looked for.
  static let processColumns: Set<String> = [
    "pid", "process", "processes", "unit", "container", "command", "ownerUnknownReason", "ownersReadAt",
  ]

  /// What people call the namespace of a socket; nil for the own one.
  static func namespace(_ row: SocketRow) -> String? {
    guard !row.namespace.isOwn else { return nil }
    let name = row.namespace.name.flatMap { $0.split(separator: "/").last.map(String.init) }
    return name ?? row.namespace.home ?? row.namespace.inode.map { "net:[\($0)]" }
  }
}
