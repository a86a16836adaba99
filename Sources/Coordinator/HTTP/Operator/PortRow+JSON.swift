internal import Listing
internal import Model
internal import Wire

extension PortRow {
  /// Appends what `JSONEncoder` makes of it, as the same members in the same order; a page of ports is asked for most often, and the
  /// encoder takes longer for it than everything else together.
  func appendJSON(to bytes: inout [UInt8]) throws {
    var members = JSONMembers()
    members.append("address", .text(address.description), to: &bytes)
    members.append("agent", .text(ifPresent: agent), to: &bytes)
    members.append("firstSeen", .time(ifPresent: firstSeen), to: &bytes)
    members.append("hostReason", .text(ifPresent: hostReason?.rawValue), to: &bytes)
    if let identified { try members.append("identified", encoding: identified, to: &bytes) }
    members.append("identifiedAt", .time(ifPresent: identifiedAt), to: &bytes)
    members.append("inventoryAt", .time(ifPresent: inventoryAt), to: &bytes)
    members.append("isSelfView", .boolean(isSelfView), to: &bytes)
    members.append("lastChanged", .time(ifPresent: lastChanged), to: &bytes)
    members.append("lastSeen", .time(ifPresent: lastSeen), to: &bytes)
    if let names { members.append("names", .list(names.map { .text($0) }), to: &bytes) }
    members.append("otherZones", .list(otherZones.map { .text($0) }), to: &bytes)
    members.append("ownerUnknownReason", .text(ifPresent: ownerUnknownReason), to: &bytes)
    members.append("port", .integer(Int64(port.rawValue)), to: &bytes)
    if processes.isEmpty {
      members.append("processes", .list([]), to: &bytes)
    } else {
      try members.append("processes", encoding: processes, to: &bytes)
    }
    members.append("protocol", .text(`protocol`.rawValue), to: &bytes)
    members.append("reason", .text(ifPresent: reason?.rawValue), to: &bytes)
    members.append("scope", .text(scope), to: &bytes)
    members.append("service", .text(ifPresent: service), to: &bytes)
    members.append("site", .text(site), to: &bytes)
    members.append("state", .text(ifPresent: state?.rawValue), to: &bytes)
    members.append("unit", .text(ifPresent: unit), to: &bytes)
    members.append("verdict", .text(ifPresent: verdict?.rawValue), to: &bytes)
    members.append("zone", .text(ifPresent: zone), to: &bytes)
    members.end(&bytes)
  }
}
