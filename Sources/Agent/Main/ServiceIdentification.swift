internal import Identification
internal import LinuxSystem
internal import Model
internal import ScanEngine

/// Identifies the open endpoints of a scan while the scan goes on.
struct ServiceIdentification: Sendable {
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

  /// Takes every batch of a run and hands its observations on, those of open TCP endpoints one by one with what they are,
  /// as soon as that is known, the others at once. UDP endpoints answered a question of their own protocol already: they
  /// pass without an identity.
  @MainActor
  func follow(_ run: ScanRun, _ report: @MainActor ([Observation], ServiceAnswer?) -> Void) async {
    // One element at a time on either way, so that a slow reader of the output stops the scan.
    let room = Gate(limit: Self.pendingLimit)
    let (results, arrival) = AsyncStream<([Observation], ServiceAnswer?)>.makeStream()
    async let pumping: Void = pump(run, through: room, into: arrival)
    for await (observations, identity) in results {
      report(observations, identity)
      await room.leave()
    }
    await pumping
  }

  private func pump(
    _ run: ScanRun, through room: Gate, into results: AsyncStream<([Observation], ServiceAnswer?)>.Continuation
  ) async {
    await withDiscardingTaskGroup { group in
      for await batch in run {
        let settled = batch.observations.filter { !Self.isAsked($0) }
        if !settled.isEmpty {
          await room.enter()
          results.yield((settled, nil))
        }
        for observation in batch.observations where Self.isAsked(observation) {
          await room.enter()
          group.addTask { results.yield(([observation], await answer(of: observation))) }
        }
      }
    }
    results.finish()
  }

  private static func isAsked(_ observation: Observation) -> Bool {
    observation.state == .open && observation.port.transport == .tcp
  }

  private func answer(of observation: Observation) async -> ServiceAnswer? {
    // Exclusions are gone from hosts and ports; alone, the user's command line is all the policy there is.
    let result = await identifier.identify(observation.host, observation.port.port) { _, _ in true }
    return switch result {
    case .identified(let identity): .known(identity)
    case .unidentified(.some(let banner)): .unknown(banner: banner)
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
