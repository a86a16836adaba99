/// The fields that a query's terms may name.
enum QueryField: String, CaseIterable {
  case agent, change, changed, container, finding, first, host, name, net, pid, port, proc, product, proto, seen
  case service, site, state, tag, text, unit, user, verdict, zone

  static var list: String { allCases.map(\.rawValue).joined(separator: " ") }
}
