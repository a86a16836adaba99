internal import CoordinatorServices
internal import Hummingbird
internal import Synchronization
internal import Wire

/// Lets so many requests of a kind through a second, and a burst of some more; turns the rest away at once, with the word
/// when to come again. Ten thousand agents that come back together must not keep each other from being served.
struct Admission: RouterMiddleware {
  typealias Context = APIContext

  /// A bucket of tokens: filled at `rate` a second up to `burst`, one for each request.
  final class Bucket: Sendable {
    private struct State {
      var tokens: Double
      var filledAt: ContinuousClock.Instant
    }

    private let rate: Double
    private let burst: Double
    private let state: Mutex<State>

    init(rate: Double, burst: Double, at time: ContinuousClock.Instant = .now) {
      self.rate = rate
      self.burst = burst
      state = Mutex(State(tokens: burst, filledAt: time))
    }

    func take(at time: ContinuousClock.Instant = .now) -> Bool {
      state.withLock { state in
        let (seconds, attoseconds) = (time - state.filledAt).components
        state.tokens = min(burst, state.tokens + (Double(seconds) + Double(attoseconds) * 1e-18) * rate)
        state.filledAt = max(state.filledAt, time)
        guard state.tokens >= 1 else { return false }
        state.tokens -= 1
        return true
      }
    }
  }

  let bucket: Bucket
  /// Whether requests are let in at a pace just now, or as they come.
  let isPaced: @Sendable () -> Bool
  let measurements: Measurements

  /// Takes what the bucket has only where there is a pace.
  func admits() -> Bool { !isPaced() || bucket.take() }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard admits() else {
      measurements.turnedAway.add()
      throw Problem(.tooManyRequests, detail: "too many requests of this kind at once; come again later")
    }
    return try await next(request, context)
  }
}
