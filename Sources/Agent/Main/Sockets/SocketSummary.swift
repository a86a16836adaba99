internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// How many sockets there are of each protocol, state and family: what `ss -s` users look for.
enum SocketSummary {
  private struct Count {
    var total: Int64 = 0
    var ipv4: Int64 = 0
    var ipv6: Int64 = 0

    mutating func add(_ family: IPAddress.Family?) {
      total += 1
      if family == .ipv4 { ipv4 += 1 }
      if family == .ipv6 { ipv6 += 1 }
    }

    func row(_ name: String, _ state: String) -> [ListingValue] {
      [.text(name), .text(state), .integer(total), .integer(ipv4), .integer(ipv6)]
    }
  }

  /// A row for each protocol, headed by `all` states, and one for each of its states that occurs.
  static func listing(_ snapshot: SocketSnapshot) -> Listing {
    var total = Count()
    var counts: [SocketProtocol: (all: Count, states: [SocketState: Count])] = [:]
    func add(_ socketProtocol: SocketProtocol, _ state: SocketState, _ family: IPAddress.Family?) {
      total.add(family)
      counts[socketProtocol, default: (Count(), [:])].all.add(family)
      counts[socketProtocol, default: (Count(), [:])].states[state, default: Count()].add(family)
    }
    for place in 0..<snapshot.count {
      switch snapshot.item(snapshot.number(at: place)) {
      case .internet(let socket): add(socket.socketProtocol, socket.state, socket.family)
      case .unix(let socket): add(.unix, socket.state, nil)
      }
    }
    var listing = Listing(columns: [
      ListingColumn("protocol", title: "PROTO"), ListingColumn("state", title: "STATE"),
      ListingColumn("total", title: "TOTAL", alignment: .trailing),
      ListingColumn("ipv4", title: "IPV4", alignment: .trailing),
      ListingColumn("ipv6", title: "IPV6", alignment: .trailing),
    ])
    listing.rows.append(total.row("all", "all"))
    for (socketProtocol, count) in counts.sorted(by: { $0.key < $1.key }) {
      listing.rows.append(count.all.row(socketProtocol.rawValue, "all"))
      for state in SocketState.allCases {
        if let number = count.states[state] { listing.rows.append(number.row(socketProtocol.rawValue, state.rawValue)) }
      }
    }
    return listing
  }
}
