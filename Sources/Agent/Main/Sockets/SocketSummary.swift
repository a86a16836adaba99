internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// How many sockets there are of each protocol, state and family: what `ss -s` users look for.
enum SocketSummary {
  private struct Count {
    var ipv4: Int64 = 0
    var ipv6: Int64 = 0

    mutating func add(_ family: IPAddress.Family) {
      if family == .ipv4 { ipv4 += 1 } else { ipv6 += 1 }
    }

    func row(_ name: String, _ state: String) -> [ListingValue] {
      [.text(name), .text(state), .integer(ipv4 + ipv6), .integer(ipv4), .integer(ipv6)]
    }
  }

  /// A row for each protocol, headed by `all` states, and one for each of its states that occurs.
  static func listing(_ rows: [SocketRow]) -> Listing {
    var total = Count()
    var counts: [TransportProtocol: (all: Count, states: [SocketState: Count])] = [:]
    for row in rows {
      total.add(row.family)
      counts[row.transport, default: (Count(), [:])].all.add(row.family)
      counts[row.transport, default: (Count(), [:])].states[row.state, default: Count()].add(row.family)
    }
    var listing = Listing(columns: [
      ListingColumn("protocol", title: "PROTO"), ListingColumn("state", title: "STATE"),
      ListingColumn("total", title: "TOTAL", alignment: .trailing),
      ListingColumn("ipv4", title: "IPV4", alignment: .trailing),
      ListingColumn("ipv6", title: "IPV6", alignment: .trailing),
    ])
    listing.rows.append(total.row("all", "all"))
    for (transport, count) in counts.sorted(by: { $0.key < $1.key }) {
      listing.rows.append(count.all.row(transport.rawValue, "all"))
      for state in SocketState.allCases {
        if let number = count.states[state] { listing.rows.append(number.row(transport.rawValue, state.rawValue)) }
      }
    }
    return listing
  }
}
