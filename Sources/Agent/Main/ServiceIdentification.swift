internal import Identification
internal import LinuxSystem
internal import Model
internal import ScanEngine

/// Identifies the open endpoints of a scan while the scan goes on.
struct ServiceIdentification: Sendable {
  /// What may be connected to.
  typealias Permission = @Sendable (HostAddress, ProtocolPort) -> Bool

  /// Endpoints that wait for their identity at most; beyond, the scan waits for them: its run stops launching once its
  /// observations are not taken.
  private static let pendingLimit = 4096

  private let identifier: ServiceIdentifier

  /// Connections at once are no more than the scan's own probes may be.
  ///
  /// - Throws: `SystemError` where the system refuses what identification needs.
  static func start(_ pace: ScanPace) throws(SystemError) -> ServiceIdentification {
    ServiceIdentification(identifier: try ServiceIdentifier(configuration(pace)))
  }

  static func configuration(_ pace: ScanPace) -> ServiceIdentifier.Configuration {
    var result = ServiceIdentifier.Configuration()
    result.connections = min(result.connections, pace.maxInFlight)
    result.connectionsPerHost = min(result.connectionsPerHost, pace.maxInFlightPerHost, result.connections)
    result.connectionsToLoopback = min(result.connectionsToLoopback, result.connections)
    result.connectionsPerEndpoint = min(result.connectionsPerEndpoint, result.connectionsPerHost)
    return result
  }

  /// Ends what is being asked and whatever would be; those endpoints are reported without an identity.
  func cancelAll() { identifier.cancelAll() }

  /// Blocks for at most one turn of the identifier's thread.
  func shutdown() { identifier.shutdown() }

  /// What is told of a run, in an order in which a host comes after all of its endpoints.
  enum News {
    case observations([Observation])
    case answer(Observation, Answer)
    case hosts([HostObservation])
  }

  /// What became of one endpoint's question.
  enum Answer {
    /// It was asked; nil where it showed nothing.
    case asked(ServiceIdentity?)
    case unasked(IdentificationFailure)
  }

  private enum Item {
    case news(News)

    /// An endpoint of the host is being asked: its answer comes later.
    case asking(HostAddress)
  }

  /// Takes every batch of a run and hands it on: open TCP endpoints one by one with what they are, as soon as that is known,
  /// the others at once, a host when all of its endpoints were told. UDP endpoints answered a question of their own protocol
  /// already: they pass without an identity.
  @MainActor
  func follow(_ run: ScanRun, isAllowed: @escaping Permission, _ report: @MainActor (News) -> Void) async {
    // One element at a time on either way, so that a slow reader of the output stops the scan.
    let room = Gate(limit: Self.pendingLimit)
    let (items, arrival) = AsyncStream<Item>.makeStream()
    async let pumping: Void = pump(run, isAllowed: isAllowed, through: room, into: arrival)
    var asking: [HostAddress: Int] = [:]
    var waiting: [HostAddress: HostObservation] = [:]
    for await item in items {
      switch item {
      case .asking(let host): asking[host, default: 0] += 1
      case .news(.hosts(let hosts)):
        let done = hosts.filter { asking[$0.host] == nil }
        for host in hosts where asking[host.host] != nil { waiting[host.host] = host }
        if !done.isEmpty { report(.hosts(done)) }
        await room.leave()
      case .news(.observations(let observations)):
        report(.observations(observations))
        await room.leave()
      case .news(.answer(let observation, let answer)):
        report(.answer(observation, answer))
        await room.leave()
        let left = (asking[observation.host] ?? 1) - 1
        asking[observation.host] = left > 0 ? left : nil
        if left == 0, let host = waiting.removeValue(forKey: observation.host) { report(.hosts([host])) }
      }
    }
    await pumping
  }

  private func pump(
    _ run: ScanRun, isAllowed: @escaping Permission, through room: Gate, into items: AsyncStream<Item>.Continuation
  ) async {
    await withDiscardingTaskGroup { group in
      for await batch in run {
        let settled = batch.observations.filter { !Self.isAsked($0) }
        if !settled.isEmpty {
          await room.enter()
          items.yield(.news(.observations(settled)))
        }
        for observation in batch.observations where Self.isAsked(observation) {
          await room.enter()
          items.yield(.asking(observation.host))
          group.addTask {
            items.yield(.news(.answer(observation, await answer(of: observation, isAllowed: isAllowed))))
          }
        }
        if !batch.hosts.isEmpty {
          await room.enter()
          items.yield(.news(.hosts(batch.hosts)))
        }
      }
    }
    items.finish()
  }

  private static func isAsked(_ observation: Observation) -> Bool {
    observation.state == .open && observation.port.transport == .tcp
  }

  private func answer(of observation: Observation, isAllowed: @escaping Permission) async -> Answer {
    let result = await identifier.identify(observation.host, observation.port.port, isAllowed: isAllowed)
    return switch result {
    case .identified(let identity): .asked(identity)
    case .unidentified(.some(let banner)):
      .asked(ServiceIdentity(service: nil, banner: banner, confidence: .unknown))
    case .unidentified(nil): .asked(nil)
    case .failed(let failure): .unasked(failure)
    }
  }

  /// Lets a number of things be under way at once.
  private actor Gate {
    private var free: Int
    private var waiter: CheckedContinuation<Void, Never>?

    init(limit: Int) { free = limit }

    /// - Precondition: one task enters.
    func enter() async {
      if free > 0 {
        free -= 1
      } else {
        await withCheckedContinuation { waiter = $0 }
      }
    }

    func leave() {
      if let waiter {
        self.waiter = nil
        waiter.resume()
      } else {
        free += 1
      }
    }
  }
}
