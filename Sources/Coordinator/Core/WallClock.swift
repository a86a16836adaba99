package import Model

/// The coordinator's wall clock, injected so that leases and schedules can be tested without waiting.
package protocol WallClock: Sendable {
  var now: Timestamp { get }
}
