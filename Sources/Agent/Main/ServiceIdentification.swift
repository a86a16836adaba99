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
  private static let pendingLimit = 256

  private let identifier: ServiceIdentifier

  /// - Throws: `CommandFailure` where the system refuses what identification needs.
  static func start() throws(CommandFailure) -> ServiceIdentification {
    do throws(SystemError) {
      return ServiceIdentification(identifier: try ServiceIdentifier())
    } catch {
      throw .failed("services cannot be identified: \(error)")
    }
  }

  /// Ends what is being asked; those endpoints are reported without an identity.
  func cancelAll() { identifier.cancelAll() }

  /// Blocks for at most one turn of the identifier's thread.
  func shutdown() { identifier.shutdown() }

  /// What is told of a run, in an order in which a host comes after all of its endpoints.
  enum News {
    case observations([Observation])
    case answer(Observation, ServiceIdentity?)
    case host(HostObservation)
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
      case .news(.host(let host)) where asking[host.host] != nil: waiting[host.host] = host
      case .news(.host(let host)): report(.host(host))
      case .news(.observations(let observations)):
        report(.observations(observations))
        await room.leave()
      case .news(.answer(let observation, let identity)):
        report(.answer(observation, identity))
        await room.leave()
        let left = (asking[observation.host] ?? 1) - 1
        asking[observation.host] = left > 0 ? left : nil
        if left == 0, let host = waiting.removeValue(forKey: observation.host) { report(.host(host)) }
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
            items.yield(.news(.answer(observation, await identity(of: observation, isAllowed: isAllowed))))
          }
        }
        for host in batch.hosts { items.yield(.news(.host(host))) }
      }
    }
    items.finish()
  }

  private static func isAsked(_ observation: Observation) -> Bool {
    observation.state == .open && observation.port.transport == .tcp
  }

  private func identity(of observation: Observation, isAllowed: @escaping Permission) async -> ServiceIdentity? {
    let result = await identifier.identify(observation.host, observation.port.port, isAllowed: isAllowed)
    return switch result {
    case .identified(let identity): identity
    case .unidentified(.some(let banner)): ServiceIdentity(service: nil, banner: banner, confidence: .unknown)
    case .unidentified(nil), .failed: nil
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
