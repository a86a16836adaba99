package import Model

/// Keeps the results of hosts that are at work until each is done.
package struct HostLedger {
  private var results: [HostResult] = []
  private var free: [Int] = []
  private var places: [HostAddress: Int] = [:]

  /// The last host asked for: rows of one host often come together.
  private var last: (host: HostAddress, place: Int)?

  package init() {}

  package mutating func add(_ row: ScanRow) { results[place(of: row.host)].add(row) }

  package mutating func add(
    _ host: HostAddress, _ ports: ClosedRange<UInt16>, _ transport: TransportProtocol, _ outcome: ScanOutcome
  ) {
    results[place(of: host)].add(ports, transport, outcome)
  }

  /// Hands over what is known of a host that is done, and forgets it.
  package mutating func finish(_ host: HostAddress, _ summary: HostSummary) -> HostResult {
    var result = HostResult(host: host)
    if let place = places.removeValue(forKey: host) {
      result = results[place]
      results[place] = HostResult(host: host)
      free.append(place)
    }
    last = nil
    result.summary = summary
    return result
  }

  /// Hands over the hosts that were never done, ascending, and forgets them.
  package mutating func takeUnfinished() -> [HostResult] {
    let unfinished = places.sorted { $0.key < $1.key }.map { results[$0.value] }
    self = HostLedger()
    return unfinished
  }

  private mutating func place(of host: HostAddress) -> Int {
    if let last, last.host == host { return last.place }
    let place: Int
    if let known = places[host] {
      place = known
    } else {
      if let reused = free.popLast() {
        place = reused
        results[place] = HostResult(host: host)
      } else {
        place = results.count
        results.append(HostResult(host: host))
      }
      places[host] = place
    }
    last = (host, place)
    return place
  }
}
