internal import Identification
internal import Model
internal import ScanEngine

/// A run of the engine with what its open TCP endpoints are: those come one by one, as soon as that is known, the others at
/// once, a host when all of its endpoints were told. UDP endpoints answered a question of their own protocol already: they
/// pass without an identity.
///
/// What is not taken stops the run's launching after a while. Letting go of it ends the asking, and cancels the run.
actor IdentifiedRun {
  /// What may be connected to.
  typealias Permission = @Sendable (HostAddress, ProtocolPort) -> Bool

  /// What is told of a run.
  enum News: Sendable {
    case observations([Observation])
    case answer(Observation, Answer)
    case hosts([HostObservation])
    case echoes([EchoObservation])
  }

  /// What became of one endpoint's question.
  enum Answer: Sendable {
    /// It was asked; nil where it showed nothing.
    case asked(ServiceIdentity?)
    case unasked(IdentificationFailure)
  }

  private enum Item: Sendable {
    case news(News)

    /// An endpoint of the host is being asked: its answer comes later.
    case asking(HostAddress)
  }

  /// Endpoints that wait for their identity at most; beyond, the scan waits for them: its run stops launching once its
  /// observations are not taken.
  private static let pendingLimit = 4096

  private let room = IdentificationRoom(limit: pendingLimit)
  private let items: AsyncStream<Item>
  private let pumping: Task<Void, Never>
  private var asking: [HostAddress: Int] = [:]
  private var waiting: [HostAddress: HostObservation] = [:]

  /// Whose last endpoint was told with the last news.
  private var dueHost: HostObservation?

  /// Whether the room of what was told last is to be given free: only when its taker comes back, so that a slow reader of
  /// the output stops the scan.
  private var holdsRoom = false

  init(_ run: ScanRun, _ identifier: ServiceIdentifier, isAllowed: @escaping Permission) {
    let (items, arrival) = AsyncStream<Item>.makeStream()
    self.items = items
    pumping = Task { [room] in
      await Self.pump(run, identifier, isAllowed: isAllowed, through: room, into: arrival)
    }
  }

  deinit {
    pumping.cancel()
    room.open()
  }

  /// What is told next; nil at the end.
  ///
  /// - Precondition: one task waits at a time.
  func next() async -> News? {
    if holdsRoom { room.leave() }
    holdsRoom = false
    if let host = dueHost {
      dueHost = nil
      return .hosts([host])
    }
    var iterator = items.makeAsyncIterator()
    while let item = await iterator.next() {
      switch item {
      case .asking(let host): asking[host, default: 0] += 1
      case .news(.hosts(let hosts)):
        let done = hosts.filter { asking[$0.host] == nil }
        for host in hosts where asking[host.host] != nil { waiting[host.host] = host }
        guard !done.isEmpty else {
          room.leave()
          continue
        }
        holdsRoom = true
        return .hosts(done)
      case .news(.observations(let observations)):
        holdsRoom = true
        return .observations(observations)
      case .news(.echoes(let echoes)):
        holdsRoom = true
        return .echoes(echoes)
      case .news(.answer(let observation, let answer)):
        holdsRoom = true
        let left = (asking[observation.host] ?? 1) - 1
        asking[observation.host] = left > 0 ? left : nil
        if left == 0 { dueHost = waiting.removeValue(forKey: observation.host) }
        return .answer(observation, answer)
      }
    }
    return nil
  }

  private static func pump(
    _ run: ScanRun, _ identifier: ServiceIdentifier, isAllowed: @escaping Permission,
    through room: IdentificationRoom, into items: AsyncStream<Item>.Continuation
  ) async {
    await withDiscardingTaskGroup { group in
      for await batch in run {
        let settled = batch.observations.filter { !isAsked($0) }
        if !settled.isEmpty {
          await room.enter()
          items.yield(.news(.observations(settled)))
        }
        for observation in batch.observations where isAsked(observation) {
          await room.enter()
          items.yield(.asking(observation.host))
          group.addTask {
            items.yield(.news(.answer(observation, await answer(of: observation, identifier, isAllowed: isAllowed))))
          }
        }
        if !batch.echoes.isEmpty {
          await room.enter()
          items.yield(.news(.echoes(batch.echoes)))
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

  private static func answer(
    of observation: Observation, _ identifier: ServiceIdentifier, isAllowed: @escaping Permission
  ) async -> Answer {
    let result = await identifier.identify(observation.host, observation.port.port, isAllowed: isAllowed)
    return switch result {
    case .identified(let identity): .asked(identity)
    case .unidentified(.some(let banner)):
      .asked(ServiceIdentity(service: nil, banner: banner, confidence: .unknown))
    case .unidentified(nil): .asked(nil)
    case .failed(let failure): .unasked(failure)
    }
  }
}
