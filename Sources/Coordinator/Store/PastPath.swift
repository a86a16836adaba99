internal import CoordinatorCore
internal import Model

/// Which index finds endpoints that may have fitted a query at an earlier time. What it finds is more than what fitted, and is looked at
/// as it was; what it leaves out did not fit at that time, whatever came late.
enum PastPath {
  /// By what the query says of places and ports.
  case places
  /// Hosts on which an agent lived at the time, one with such a name; nil: whichever.
  case inhabited(agents: [String]?)
  /// Paths each of which is in the listing's order, over `endpoint` or `service_unshown`: what the present shows, and what it does not.
  case merged([ChartPath])

  init(_ query: ChartQuery) {
    let terms = query.filter.conjuncts
    let narrow = terms.lazy.compactMap(\.ranges).first { $0.allSatisfy { $0.span < ChartPath.narrowNet } }
    if narrow != nil {
      self = .places
    } else if let names = terms.lazy.compactMap(\.agents).first {
      self = .inhabited(agents: names)
    } else if terms.contains(where: \.needsInhabitant) {
      // Before ports: one of them may be open at millions of hosts, and of each its owner would be looked up.
      self = .inhabited(agents: nil)
    } else if terms.contains(where: { ($0.singlePorts?.count ?? .max) <= ChartPath.fewPorts }) {
      self = .places
    } else if let (name, registered) = terms.lazy.compactMap(\.wholeService).first,
      registered.count <= ChartPath.fewPorts
    {
      self = .merged(Self.paths(toService: name, registered))
    } else if let names = terms.lazy.compactMap(\.wholeProducts).first {
      self = .merged(names.flatMap(Self.paths(toProduct:)))
    } else {
      self = .places
    }
  }

  /// A port for which it is registered had it whenever nothing was identified there.
  private static func paths(toService name: String, _ registered: [ProtocolPort]) -> [ChartPath] {
    [
      ChartPath(table: "endpoint AS e INDEXED BY endpoint_named", conditions: [("e.service = ?", [name])]),
      ChartPath(table: "service_unshown AS e", conditions: [("e.field = 1 AND e.value = ?", [name])]),
    ]
      + registered.map { key in
        ChartPath(
          table: "endpoint AS e INDEXED BY endpoint_port",
          conditions: [("e.port = ? AND e.transport = ?", [Int(key.port.rawValue), key.transport.number])])
      }
  }

  private static func paths(toProduct name: String) -> [ChartPath] {
    [
      ChartPath(table: "endpoint AS e INDEXED BY endpoint_product", conditions: [("e.product = ?", [name])]),
      ChartPath(table: "service_unshown AS e", conditions: [("e.field = 2 AND e.value = ?", [name])]),
    ]
  }
}

extension ChartTerm {
  /// Products that are given whole, of letters whose case SQLite knows as well as we do.
  fileprivate var wholeProducts: [String]? {
    guard case .product(let names) = self, names.count <= ChartPath.fewPorts else { return nil }
    let whole = names.compactMap { name -> String? in
      guard case .exactly(let text) = name, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
      return text
    }
    return whole.count == names.count ? whole : nil
  }

  /// Terms of the listener alone, which SQL judges of its row.
  var isOfListener: Bool {
    switch self {
    case .process, .pid, .user, .unit, .container: true
    default: false
    }
  }

  /// Terms of the agent that lives there, whose name and tags are those of now.
  var isOfAgent: Bool {
    switch self {
    case .agent, .tag: true
    default: false
    }
  }

  /// Verdicts that only an endpoint with a listener has.
  var needsListener: Bool {
    guard case .verdict(let verdicts) = self else { return false }
    return verdicts.allSatisfy { [.exposed, .shielded].contains($0) }
  }
}
