internal import Model

/// Endpoints whose turn has not come, by host, so that thousands of one host cost nothing while it has no room.
struct WaitingInquiries {
  private var lines: [HostAddress: Line] = [:]

  /// The hosts that have a line, the one that is served next first.
  private var hosts: [HostAddress] = []

  private struct Line {
    var inquiries: [Inquiry]

    /// Those at the front that were taken already.
    var taken = 0
  }

  mutating func add(_ inquiry: Inquiry) {
    let host = inquiry.order.host
    if lines[host]?.inquiries.append(inquiry) == nil {
      lines[host] = Line(inquiries: [inquiry])
      hosts.append(host)
    }
  }

  /// Takes the first endpoint of the first host that has room; that host then goes behind the others.
  mutating func next(where hasRoom: (HostAddress) -> Bool) -> Inquiry? {
    guard let place = hosts.firstIndex(where: hasRoom) else { return nil }
    let host = hosts.remove(at: place)
    guard let line = lines[host] else { return nil }
    let inquiry = line.inquiries[line.taken]
    if line.taken + 1 == line.inquiries.count {
      lines[host] = nil
    } else {
      lines[host]?.taken += 1
      hosts.append(host)
    }
    return inquiry
  }

  /// Takes all that are so.
  mutating func takeAll(where isWanted: (Inquiry) -> Bool) -> [Inquiry] {
    let all = hosts.flatMap { host in lines[host].map { $0.inquiries[$0.taken...] } ?? [] }
    self = WaitingInquiries()
    var wanted: [Inquiry] = []
    for inquiry in all {
      if isWanted(inquiry) { wanted.append(inquiry) } else { add(inquiry) }
    }
    return wanted
  }
}
