internal import CoordinatorCore
internal import Model

extension ChartReading {
  /// The endpoint at each of these places, which are in key order; nil: it is gone. Neighbours at one host are read at once.
  func endpoints(at places: [ChartPosition]) throws -> [EndpointRecord?] {
    var found: [EndpointRecord?] = []
    found.reserveCapacity(places.count)
    var start = 0
    while start < places.count {
      let first = places[start]
      var end = start + 1
      while end < places.count, places[end].host == first.host, places[end].transport == first.transport,
        places[end].port.rawValue - places[end - 1].port.rawValue <= Self.neighbourhood
      {
        end += 1
      }
      let ports = first.port.rawValue...places[end - 1].port.rawValue
      let records = Dictionary(
        try endpoints(of: first.host, transport: first.transport, ports: ports).map { ($0.port, $0) }
      ) { first, _ in first }
      for place in places[start..<end] { found.append(records[place.port]) }
      start = end
    }
    return found
  }

  /// Ports between two that are asked for and read with them: fewer than a statement costs.
  private static var neighbourhood: UInt16 { 64 }
}
