import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

extension Fleet {
  static func claim(_ grant: LeaseService.Grant) -> LeaseService.Claim {
    .init(job: grant.job, generation: grant.generation, epoch: grant.epoch, token: grant.token)
  }

  func finish(
    _ grant: LeaseService.Grant, by agent: AgentRecord, as outcome: LeaseFinish.Outcome = .done, chunks: Int
  ) async throws {
    try await leases.finish(
      Self.claim(grant), by: agent, with: LeaseFinish(outcome: outcome, chunkCount: chunks, reason: nil))
  }

  /// A chunk in which every endpoint of the rectangles has its state: open where `open` has the port, closed elsewhere.
  func chunk(
    _ grant: LeaseService.Grant, number: Int, _ completed: [WorkRectangle], open: Set<ProtocolPort> = [],
    otherwise state: EndpointState = .closed, because reason: ProbeReason = .connectionRefused,
    isSelfView: Bool = false, at time: Timestamp? = nil
  ) async throws -> ResultService.Chunk {
    let scan = try await scans.scan(grant.scan).state.record
    let space = try context.spaces.space(of: scan)
    let time = time ?? clock.now
    var sightings: [ResultService.Sighting] = []
    var runs: [ResultService.Run] = []
    for rectangle in completed {
      for index in rectangle.hosts.lowerBound..<rectangle.hosts.upperBound {
        let host = space.targets.host(at: index)
        for port in rectangle.ports {
          let endpoint = space.ports.endpoint(at: port)
          if open.contains(endpoint) {
            sightings.append(
              .init(host: host, endpoint: endpoint, reason: .synAck, observedAt: time, isSelfView: isSelfView))
          } else {
            let number = endpoint.port.rawValue
            runs.append(
              .init(
                host: host, transport: endpoint.transport,
                run: PortStateRun(ports: number...number, state: state, reason: reason, observedAt: time),
                isSelfView: isSelfView))
          }
        }
      }
    }
    return .init(
      number: number, digest: [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: completed.count)],
      completed: completed, sightings: sightings, runs: runs)
  }

  /// Sends such a chunk; whether it was counted.
  func report(
    _ grant: LeaseService.Grant, by agent: AgentRecord, number: Int, _ completed: [WorkRectangle],
    open: Set<ProtocolPort> = []
  ) async throws -> Bool {
    let chunk = try await chunk(grant, number: number, completed, open: open)
    return try await results.accept(chunk, under: Self.claim(grant), from: agent)
  }

  /// Merged rows that fit a query.
  func rows(_ query: String) async throws -> [ChartRow] {
    try await chart.ports(chart.query(query), after: nil, limit: 1_000).rows
  }

  /// Expects that `body` is refused with this code (and pointer).
  func expectRefusal(
    _ code: Refusal.Code, at pointer: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
  ) async {
    do {
      try await body()
      Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch let refusal as Refusal {
      #expect(refusal.code == code, "\(refusal)", sourceLocation: sourceLocation)
      if let pointer { #expect(refusal.pointer == pointer, "\(refusal)", sourceLocation: sourceLocation) }
    } catch {
      Issue.record(error, sourceLocation: sourceLocation)
    }
  }
}

extension [WorkRectangle] {
  /// Halves: the first port column of the first rectangle, and all that is left.
  var firstPart: [WorkRectangle] {
    first.map { [WorkRectangle(hosts: $0.hosts.lowerBound..<($0.hosts.lowerBound + 1), ports: $0.ports)] } ?? []
  }
}
