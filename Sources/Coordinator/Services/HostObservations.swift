internal import CoordinatorCore
internal import Model

/// What one zone's agent saw at one host.
struct HostObservations {
  typealias Sighting = (transport: TransportProtocol, port: Port, view: ZoneView, service: ServiceFacts?)

  /// Endpoints seen open.
  var sightings: [Sighting] = []
  /// Runs of ports in other states; empty where the chunk proves nothing about what is not open.
  var runs: [(transport: TransportProtocol, run: ZoneRun)] = []

  /// What became of its echo; nil: nobody says.
  var echo: HostEcho?

  var rows: Int { sightings.count + runs.count }

  /// What answered alone.
  var withoutRuns: HostObservations {
    HostObservations(sightings: sightings, echo: echo.flatMap { $0.answers == nil ? nil : $0 })
  }
}

/// What became of the echo by which one job asked a host.
struct HostEcho {
  /// From the first answer to the last.
  var answers: ClosedRange<Timestamp>?
  /// When silence was believed.
  var silentAt: Timestamp?
  var job: JobID
}

extension HostObservations {
  /// Nothing but open endpoints whose services nobody asked for, in key order and each once.
  var areOpenAlone: Bool {
    guard runs.isEmpty else { return false }
    var latest: ProtocolPort?
    for sighting in sightings {
      let key = ProtocolPort(sighting.transport, sighting.port)
      guard sighting.service == nil, latest.map({ $0 < key }) ?? true else { return false }
      latest = key
    }
    return true
  }

  /// Nil: it is not open endpoints of one kind alone, whose services nobody asked for, in port order and each once; beside them may be
  /// anything that is not open.
  var commonKind: OpenSighting.Kind? {
    guard let first = sightings.first else { return nil }
    let kind = OpenSighting.Kind(
      transport: first.transport, reason: first.view.reason, isSelfView: first.view.isSelfView)
    var latest = -1
    // By its index: a sighting is large to take out.
    for index in sightings.indices {
      let port = Int(sightings[index].port.rawValue)
      guard latest < port, sightings[index].transport == kind.transport, sightings[index].service == nil,
        sightings[index].view.reason == kind.reason, sightings[index].view.isSelfView == kind.isSelfView
      else { return nil }
      latest = port
    }
    return kind
  }

  /// The ports of each protocol from the lowest to the highest that anything is said of.
  var span: [TransportProtocol: ClosedRange<UInt16>] {
    var span: [TransportProtocol: ClosedRange<UInt16>] = [:]
    // Neighbours are of one protocol nearly always.
    var latest: (transport: TransportProtocol, ports: ClosedRange<UInt16>)?
    func add(_ transport: TransportProtocol, _ ports: ClosedRange<UInt16>) {
      let before = latest?.transport == transport ? latest?.ports : span[transport]
      if let latest, latest.transport != transport { span[latest.transport] = latest.ports }
      let low = min(before?.lowerBound ?? ports.lowerBound, ports.lowerBound)
      let high = max(before?.upperBound ?? ports.upperBound, ports.upperBound)
      latest = (transport, low...high)
    }
    for sighting in sightings { add(sighting.transport, sighting.port.rawValue...sighting.port.rawValue) }
    for entry in runs where entry.run.run.state != .unchecked { add(entry.transport, entry.run.run.ports) }
    if let latest { span[latest.transport] = latest.ports }
    return span
  }
}
