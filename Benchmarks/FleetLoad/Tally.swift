internal import NIOCore

/// What was seen, on the event loop alone.
final class Tally {
  private var latencies: [String: [Int64]] = [:]
  private var statuses: [String: Int] = [:]
  private var withoutRetryAfter = 0
  private var faults: [String: Int] = [:]
  private var firstAnswer: NIODeadline?
  private var lastAnswer: NIODeadline?
  private(set) var lastRefusal: NIODeadline?
  /// The last answer that came more than a second after its request was due.
  private var lastLate: NIODeadline?

  /// `since`: when the request was due, which may be before it could be sent.
  func note(_ kind: String, status: Int, hasRetryAfter: Bool, since due: NIODeadline) {
    let now = NIODeadline.now()
    latencies[kind, default: []].append((now - due).nanoseconds)
    statuses["\(kind) \(status)", default: 0] += 1
    if now - due > .seconds(1) { lastLate = now }
    if status == 429 || status == 503 {
      lastRefusal = now
      if !hasRetryAfter { withoutRetryAfter += 1 }
    }
    if firstAnswer == nil { firstAnswer = now }
    lastAnswer = now
  }

  func noteFault(_ text: String) { faults[text, default: 0] += 1 }

  /// One line of JSON: milliseconds at some quantiles, by kind and over all, and how often each status came.
  func text(agents: Int, start: NIODeadline) -> String {
    func quantiles(_ values: [Int64]) -> String {
      let sorted = values.sorted()
      func at(_ share: Double) -> String {
        guard !sorted.isEmpty else { return "null" }
        let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
        return String(Double(sorted[index] / 1_000) / 1_000)
      }
      return "{\"count\":\(sorted.count),\"p50\":\(at(0.5)),\"p99\":\(at(0.99)),\"max\":\(at(1))}"
    }
    func object(_ fields: [(String, String)]) -> String {
      "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
    let span = firstAnswer.flatMap { first in lastAnswer.map { Double(($0 - first).nanoseconds) / 1e9 } } ?? 0
    let all = latencies.values.flatMap(\.self)
    return object([
      ("agents", String(agents)), ("seconds", String(span)), ("perSecond", String(Double(all.count) / max(span, 1e-3))),
      ("all", quantiles(all)),
      ("kinds", object(latencies.sorted { $0.key < $1.key }.map { ($0.key, quantiles($0.value)) })),
      ("statuses", object(statuses.sorted { $0.key < $1.key }.map { ($0.key, String($0.value)) })),
      ("withoutRetryAfter", String(withoutRetryAfter)),
      ("lastRefusalAt", lastRefusal.map { String(Double(($0 - start).nanoseconds) / 1e9) } ?? "null"),
      ("lastLateAt", lastLate.map { String(Double(($0 - start).nanoseconds) / 1e9) } ?? "null"),
      ("faults", object(faults.sorted { $0.key < $1.key }.map { ($0.key, String($0.value)) })),
    ])
  }
}
