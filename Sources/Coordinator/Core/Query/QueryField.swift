/// The fields that a query's terms may name.
enum QueryField: String, CaseIterable {
  case agent, changed, container, finding, first, host, name, net, pid, port, proc, product, proto, seen, service, site,
    state, tag, text, unit, user
  case verdict, zone

  static var list: String { allCases.map(\.rawValue).joined(separator: " ") }
}
