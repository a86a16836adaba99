internal import CoordinatorCore
internal import Model

/// What earlier scans saw of a host, which an endpoint new to the chart begins with; read once there is one.
struct EarlierRuns {
  let host: ChartHost
  let span: [TransportProtocol: ClosedRange<UInt16>]
  /// Known beforehand.
  var areNone = false
  private var known: [TransportProtocol: [ZoneRun]] = [:]

  init(host: ChartHost, span: [TransportProtocol: ClosedRange<UInt16>]) {
    self.host = host
    self.span = span
  }

  mutating func views(of key: ProtocolPort, in session: any WriteSession) throws -> [ZoneView] {
    guard !areNone else { return [] }
    let port = key.port.rawValue
    let runs =
      try known[key.transport]
      ?? session.runs(of: host, transport: key.transport, ports: span[key.transport] ?? 0...UInt16.max)
    known[key.transport] = runs
    var views: [ZoneView] = []
    for run in runs where run.run.state != .unchecked && run.run.ports.contains(port) { views.merge(ZoneView(run)) }
    return views
  }
}

extension [ZoneView] {
  /// Merges a view with the one of its kind, or adds it.
  mutating func merge(_ view: ZoneView) {
    if let index = firstIndex(where: { $0.isOfSameKind(as: view) }) {
      self[index] = self[index].merged(with: view)
    } else {
      append(view)
    }
  }
}
