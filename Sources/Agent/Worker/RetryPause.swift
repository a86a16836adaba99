/// How long to wait before the same request is sent again: doubling, with equal jitter, so that a fleet that lost its
/// coordinator together does not come back together (Brooker, "Exponential Backoff And Jitter", AWS 2015).
package struct RetryPause: Sendable {
  private static let first = Duration.milliseconds(250)
  private static let longest = Duration.seconds(15)

  private var next = first

  package init() {}

  package mutating func reset() { next = Self.first }

  package mutating func take() -> Duration {
    defer { next = min(next * 2, Self.longest) }
    return next / 2 + next / 2 * Double.random(in: 0...1)
  }
}
