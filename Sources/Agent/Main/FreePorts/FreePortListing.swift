internal import FreePorts
internal import LinuxSystem
internal import Listing
internal import Model
internal import SocketInventory

/// A survey of ports for programs: a row for each span, free ones too.
struct FreePortListing {
  let survey: PortSurvey

  /// As it was typed; nil for every address.
  let address: String?

  /// The most sockets that a row names: a server's port may have many thousands of connections.
  private static let socketsPerRow = 16

  private static let keys = [
    "protocol", "firstPort", "lastPort", "count", "status", "isBindable", "reason", "isEphemeral", "isReserved",
    "isPrivileged", "isVerified", "address", "reuseGroup", "socketCount", "sockets", "sampledAt",
  ]

  static let columns = keys.map { ListingColumn($0, title: $0.uppercased()) }

  func row(_ span: PortSurvey.Span) -> [ListingValue] {
    let finding = span.finding
    let words = PortReason(survey: survey, span: span)
    return [
      .text(span.transport.rawValue), .integer(Int64(span.ports.lowerBound)), .integer(Int64(span.ports.upperBound)),
      .integer(Int64(span.ports.count)), .text(finding.status.rawValue), .boolean(finding.isBindable),
      .text(ifPresent: words.reason), .boolean(finding.isEphemeral), .boolean(finding.isReserved),
      .boolean(finding.isPrivileged), .boolean(finding.isVerified), .text(ifPresent: address),
      words.group.map(Self.group) ?? .absent, .integer(Int64(finding.sockets.count)),
      .list(finding.sockets.prefix(Self.socketsPerRow).map(socket)), .time(survey.snapshot.namespaces[0].sampledAt),
    ]
  }

  private static func group(_ group: ReuseGroup) -> ListingValue {
    .object([
      "sockets": .integer(Int64(group.count)), "option": .text(ifPresent: group.option),
      "user": .text(ifPresent: group.user), "uid": .integer(ifPresent: group.uid.map { Int64($0) }),
    ])
  }

  /// The keys of `sockets`' rows.
  private static let socketKeys: Set<String> = [
    "family", "state", "localAddress", "remoteAddress", "remotePort", "interface", "uid", "user", "inode", "processes",
    "ownerUnknownReason", "timer", "isIPv6Only",
  ]

  private static let socketColumns = SocketListing.forMachines.filter { socketKeys.contains($0.column.key) }

  private func socket(_ place: Int) -> ListingValue {
    let row = survey.snapshot.rows[place]
    return .object(Self.socketColumns.map { ListingValue.Member($0.column.key, $0.value(row)) })
  }
}
