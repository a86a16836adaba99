internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension ResultService.Chunk {
  /// Throws a `Refusal` that points at a row that cannot be meant.
  init(_ report: ChunkReport, digest: [UInt8]) throws {
    guard (0...1_000_000).contains(report.number) else {
      throw Refusal(.invalidValue, "0 to 1000000 is expected", at: "/number")
    }
    guard report.sightings.count + report.ranges.count <= WireLimits.rowsPerChunk,
      report.completed.count <= WireLimits.rowsPerChunk
    else {
      throw Refusal(.invalidValue, "a chunk has at most \(WireLimits.rowsPerChunk) rows", at: "/sightings")
    }
    let sightings = try report.sightings.enumerated().map { index, sighting in
      guard sighting.state == .open else {
        throw Refusal(.invalidValue, "sightings are open; other states go into ranges", at: "/sightings/\(index)/state")
      }
      if let service = sighting.service { try ServiceBounds.check(service, at: "/sightings/\(index)/service") }
      return ResultService.Sighting(
        host: sighting.host, endpoint: ProtocolPort(sighting.transport, sighting.port), reason: sighting.reason,
        observedAt: sighting.observedAt, isSelfView: sighting.isSelfView,
        service: sighting.service)
    }
    let runs = try report.ranges.enumerated().map { index, range in
      guard range.state != .open else {
        throw Refusal(.invalidValue, "open endpoints go into sightings", at: "/ranges/\(index)/state")
      }
      guard range.firstPort <= range.lastPort else {
        throw Refusal(.invalidValue, "the range runs backwards", at: "/ranges/\(index)/lastPort")
      }
      return ResultService.Run(
        host: range.host, transport: range.transport,
        run: PortStateRun(
          ports: range.firstPort.rawValue...range.lastPort.rawValue, state: range.state, reason: range.reason,
          observedAt: range.observedAt), isSelfView: range.isSelfView)
    }
    let names = report.names ?? []
    guard names.count <= WireLimits.rowsPerChunk else {
      throw Refusal(.invalidValue, "a chunk has at most \(WireLimits.rowsPerChunk) names", at: "/names")
    }
    let hosts = report.hosts ?? []
    guard hosts.count <= WireLimits.rowsPerChunk else {
      throw Refusal(.invalidValue, "a chunk has at most \(WireLimits.rowsPerChunk) hosts", at: "/hosts")
    }
    self.init(
      number: report.number, digest: digest, completed: report.completed, sightings: sightings, runs: runs,
      names: try names.enumerated().map { index, named in
        ResultService.HostName(
          host: named.host, name: try named.name.map { try HostNameCheck.checked($0, at: "/names/\(index)/name") },
          observedAt: named.observedAt)
      }, hosts: try hosts.enumerated().map { try ResultService.HostOutcome($1, at: "/hosts/\($0)") })
  }
}

extension ResultService.HostOutcome {
  /// Throws a `Refusal` that points at what cannot be meant.
  fileprivate init(_ outcome: HostOutcome, at pointer: String) throws {
    let isAnswer = HostOutcome.answers.contains(outcome.reason)
    guard isAnswer || outcome.reason == .noResponse else {
      throw Refusal(
        .invalidValue, "echo-reply or no-response is expected: \(outcome.reason.rawValue) tells nothing of an echo",
        at: "\(pointer)/reason")
    }
    let firstAt = outcome.firstAt ?? outcome.observedAt
    guard isAnswer || outcome.firstAt == nil else {
      throw Refusal(.invalidValue, "a silence has no first answer", at: "\(pointer)/firstAt")
    }
    guard firstAt <= outcome.observedAt else {
      throw Refusal(.invalidValue, "the first answer is later than the last", at: "\(pointer)/firstAt")
    }
    self.init(
      host: outcome.host, result: isAnswer ? .answered(firstAt...outcome.observedAt) : .silent(outcome.observedAt))
  }
}
