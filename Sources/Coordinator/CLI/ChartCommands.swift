internal import ArgumentParser
internal import Listing
internal import Model
internal import Report
internal import Wire

struct PortsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports", abstract: "The merged picture: what answers outside, who listens inside.",
    discussion: """
      Fields: agent changed container first host net pid port proc product proto seen service site state tag text unit user \
      verdict zone. Without a state: term, endpoints that are open or listened on. The whole language: docs/query.md. What a \
      port number means: periplus-agent ports about 445.
      """, aliases: ["port"])
  @Option(help: "Count by agent, host, port, product, proto, service, site, state, verdict or zone, the most first.")
  var groupBy: String?
  @OptionGroup var query: QueryOptions

  func run() async throws {
    if let groupBy { return try await query.printCounts("/ports/counts", by: groupBy) }
    if query.output.sort != nil { return try await printSorted() }
    switch query.output.output {
    case .nmap: try await query.printExport("/ports/export", .nmap)
    case .json: try await query.printExport("/ports/export", .json)
    case .ndjson: try await query.printExport("/ports/export", .ndjson)
    case .csv: try await query.printExport("/ports/export", .csv)
    case .name: try await query.print("/ports", PortListing.names)
    case .table, .wide, .markdown:
      try await query.print("/ports") { PortListing.listing($0, isForMachines: false) }
    }
  }
}

extension PortsCommand {
  private func printSorted() async throws {
    let isForMachines = query.output.isForMachines
    switch query.output.output {
    case .nmap:
      throw CommandFailure("--sort: nmap's format has hosts in the order of their addresses", status: .usage)
    case .name:
      try await query.printSorted("/ports", by: PortListing.sortable, PortListing.names)
    case .table, .wide, .json, .ndjson, .csv, .markdown:
      try await query.printSorted("/ports", by: PortListing.sortable) {
        PortListing.listing($0, isForMachines: isForMachines)
      }
    }
  }
}

struct HostsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hosts",
    abstract: "Hosts that answered or that an agent lives on: whether they are up, and how much is open.",
    discussion: """
      STATE is up (with REASON echo-reply where nothing but an echo is answered), or gone: looked at again as a whole, and \
      nothing answered. A host that was not looked at again stays what it \
      was. periplus explain HOST tells who saw what, also of a host that never answered.
      """, aliases: ["host"])
  @Option(help: "Only those that are up or gone.") var state: String?
  @OptionGroup var query: QueryOptions

  func run() async throws {
    try await query.print("/hosts", asking: state.map { [("states", $0)] } ?? []) { (rows: [HostRow]) in
      Listing(
        columns: [
          .init("address", title: "ADDRESS"), .init("scope", title: "SCOPE"), .init("state", title: "STATE"),
          .init("openPorts", title: "OPEN", alignment: .trailing),
          .init("listeners", title: "LISTENERS", alignment: .trailing), .init("names", title: "NAMES", dropPriority: 3),
          .init("agent", title: "AGENT"),
          .init("site", title: "SITE", dropPriority: 2), .init("firstSeen", title: "FIRST SEEN", dropPriority: 8),
          .init("lastSeen", title: "SEEN", dropPriority: 9), .init("changedAt", title: "SINCE", dropPriority: 7),
          .init("otherAddresses", title: "ALSO AT", isWideOnly: true),
          .init("reason", title: "REASON", dropPriority: 10),
        ],
        rows: rows.map { host in
          [
            .text(host.address.description), .text(host.scope), .text(ifPresent: host.state),
            .integer(Int64(host.openPorts)), .integer(Int64(host.listeners)),
            query.output.isForMachines ? .list(host.names.map { .text($0) }) : .text(host.names.joined(separator: " ")),
            .text(ifPresent: host.agent), .text(host.site), .time(ifPresent: host.firstSeen),
            .time(ifPresent: host.lastSeen), .time(ifPresent: host.changedAt), others(host),
            .text(ifPresent: host.reason?.rawValue),
          ]
        })
    }
  }

  private func others(_ host: HostRow) -> ListingValue {
    let addresses = (host.otherAddresses ?? []).map(\.description)
    return query.output.isForMachines ? .list(addresses.map { .text($0) }) : .text(addresses.joined(separator: " "))
  }
}

struct ListenersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listeners", abstract: "Listening sockets in the agents' inventories.", aliases: ["listener"])
  @OptionGroup var query: QueryOptions

  func run() async throws {
    guard query.output.sort == nil else {
      try await query.printSorted(
        "/listeners",
        by: { (rows: [ListenerRow]) in
          var sortable = listing(rows, isForMachines: true)
          PortListing.addOwners(rows.map(\.processes), to: &sortable)
          return sortable
        }
      ) { listing($0, isForMachines: query.output.isForMachines) }
      return
    }
    try await query.print("/listeners") { listing($0, isForMachines: query.output.isForMachines) }
  }

  private func listing(_ rows: [ListenerRow], isForMachines: Bool) -> Listing {
    var listing = Listing(columns: [
      .init("agent", title: "AGENT"), .init("protocol", title: "PROTO"), .init("address", title: "ADDRESS"),
      .init("port", title: "PORT", alignment: .trailing),
      .init("interface", title: "INTERFACE", dropPriority: 3),
    ])
    listing.columns += PortListing.ownerColumns(isForMachines: isForMachines)
    listing.columns += [
      .init("namespaceName", title: "NAMESPACE", isWideOnly: true),
      .init("container", title: "CONTAINER", isWideOnly: true),
      .init("connections", title: "CONNECTIONS", alignment: .trailing, isWideOnly: true),
      .init("lastConnectionAt", title: "LAST CONNECTION", isWideOnly: true),
      .init("site", title: "SITE", dropPriority: 2), .init("inode", title: "INODE", isWideOnly: true),
      .init("firstSeen", title: "FIRST SEEN", isWideOnly: true), .init("lastSeen", title: "SEEN", dropPriority: 9),
    ]
    if isForMachines {
      listing.columns += [
        .init("namespace", title: "NAMESPACE INODE"), .init("sampledAt", title: "SAMPLED"),
        .init("ownersVerifiedAt", title: "OWNERS VERIFIED"),
      ]
    }
    listing.rows = rows.map { row in
      let times: [ListingValue] = [
        .integer(ifPresent: row.namespace.map { Int64(bitPattern: $0) }), .time(row.sampledAt.milliseconds),
        .time(ifPresent: row.ownersVerifiedAt),
      ]
      return [
        .text(row.agent), .text(row.protocol.rawValue), .text(row.address.description),
        .integer(Int64(row.port.rawValue)), .text(ifPresent: row.interface),
      ]
        + PortListing.owner(
          row.processes, user: row.user, unknown: row.ownerUnknownReason, unit: row.unit, isForMachines: isForMachines)
        + [
          .text(ifPresent: namespace(row, isForMachines: isForMachines)), .text(ifPresent: row.container),
          .integer(ifPresent: row.connections.map(Int64.init)), .time(ifPresent: row.lastConnectionAt),
          .text(row.site), .integer(ifPresent: row.inode.map { Int64(bitPattern: $0) }),
          .time(row.firstSeen.milliseconds), .time(row.lastSeen.milliseconds),
        ] + (isForMachines ? times : [])
    }
    return listing
  }

  /// The last part of a name's path is what people know it by; a namespace without a name goes by its number.
  private func namespace(_ row: ListenerRow, isForMachines: Bool) -> String? {
    if isForMachines { return row.namespaceName }
    let name = row.namespaceName.flatMap { $0.split(separator: "/").last.map(String.init) }
    return name ?? row.namespace.map { "net:[\($0)]" }
  }
}
