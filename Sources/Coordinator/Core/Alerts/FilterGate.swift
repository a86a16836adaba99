internal import Model

/// What a filter says of an address, a protocol and a port alone: most notices are judged here, at the cost of a few comparisons of
/// numbers and without an object that would have to be counted.
struct FilterGate: Sendable {
  enum Verdict: Int, Sendable {
    case no
    /// It rests on what is not known here.
    case maybe
    case yes
  }

  private enum Kind {
    case all, any, not, networks, ports, transports, unknown
  }

  /// A node of the filter's tree; a node's children follow it.
  private struct Node {
    let kind: Kind
    /// The first node that is not below it.
    var end: Int
    /// Of a term, its values.
    var values = 0..<0
  }

  private struct Network {
    let family: IPAddress.Family
    let first: UInt128
    let last: UInt128
  }

  private var nodes: [Node] = []
  private var networks: [Network] = []
  private var ports: [ClosedRange<UInt16>] = []
  private var transports: [TransportProtocol] = []

  init(_ filter: ChartFilter) { add(filter) }

  private mutating func add(_ filter: ChartFilter) {
    let place = nodes.count
    switch filter {
    case .all(let filters): add(.all, filters)
    case .any(let filters): add(.any, filters)
    case .not(let filter): add(.not, [filter])
    case .term(.net(let ranges)):
      let first = networks.count
      networks += ranges.map { Network(family: $0.family, first: $0.first.value, last: $0.last.value) }
      nodes.append(Node(kind: .networks, end: place + 1, values: first..<networks.count))
    case .term(.port(let ranges)):
      let first = ports.count
      ports += ranges
      nodes.append(Node(kind: .ports, end: place + 1, values: first..<ports.count))
    case .term(.transport(let wanted)):
      let first = transports.count
      transports += wanted
      nodes.append(Node(kind: .transports, end: place + 1, values: first..<transports.count))
    case .term: nodes.append(Node(kind: .unknown, end: place + 1))
    }
  }

  private mutating func add(_ kind: Kind, _ filters: [ChartFilter]) {
    let place = nodes.count
    nodes.append(Node(kind: kind, end: 0))
    for filter in filters { add(filter) }
    nodes[place].end = nodes.count
  }

  func judge(_ address: IPAddress?, _ endpoint: ProtocolPort?) -> Verdict { judge(0, address, endpoint) }

  private func judge(_ place: Int, _ address: IPAddress?, _ endpoint: ProtocolPort?) -> Verdict {
    let node = nodes[place]
    switch node.kind {
    case .unknown: return .maybe
    case .networks:
      guard let address else { return .no }
      let (family, value) = (address.family, address.value)
      for index in node.values {
        let network = networks[index]
        if network.family == family, network.first <= value, value <= network.last { return .yes }
      }
      return .no
    case .ports:
      guard let port = endpoint?.port.rawValue else { return .no }
      for index in node.values where ports[index].lowerBound <= port && port <= ports[index].upperBound { return .yes }
      return .no
    case .transports:
      guard let transport = endpoint?.transport else { return .no }
      for index in node.values where transports[index] == transport { return .yes }
      return .no
    case .not:
      switch judge(place + 1, address, endpoint) {
      case .no: return .yes
      case .maybe: return .maybe
      case .yes: return .no
      }
    case .all:
      var verdict = Verdict.yes
      var child = place + 1
      while child < node.end {
        let part = judge(child, address, endpoint)
        if part == .no { return .no }
        if part == .maybe { verdict = .maybe }
        child = nodes[child].end
      }
      return verdict
    case .any:
      var verdict = Verdict.no
      var child = place + 1
      while child < node.end {
        let part = judge(child, address, endpoint)
        if part == .yes { return .yes }
        if part == .maybe { verdict = .maybe }
        child = nodes[child].end
      }
      return verdict
    }
  }
}
