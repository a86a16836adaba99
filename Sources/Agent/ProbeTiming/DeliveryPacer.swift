/// Finds the rate that a host lets through and keeps to it.
///
/// A host, or what stands before it, may answer only so many probes a second and drop the rest. Then what is delivered
/// tells the rate: the pacer begins with the rate of answers, takes four times as much until losses come, falls back to what was
/// delivered, and from then on goes up by a tenth while nothing is lost. Endpoints that are really silent do not enter: a
/// loss counts only once the same endpoint has answered.
package struct DeliveryPacer: Equatable, Sendable {
  /// Nanoseconds between two starts; 0 while the host is not paced.
  private var interval: UInt64 = 0
  private var due: UInt64 = 0

  /// Which measuring period runs; probes carry it, so that a loss is booked where it happened.
  package private(set) var period: UInt16 = 0
  private var periodBegan: UInt64 = 0

  /// Changes when pacing begins and when the rate falls by much: a silence from before says nothing about now.
  package private(set) var regime: UInt8 = 0
  private var answers = 0
  private var losses = 0
  private var hasMetLimit = false

  /// Rate and loss ratio when pacing began: without betterment at half the rate it is not the rate that loses.
  private var firstRate: Double = 0
  private var firstLoss: Double = 0

  /// The first period at the present rate: what was lost before was lost at a faster one.
  private var rateSince: UInt16 = 0
  private var isFutile = false

  /// Starts may come ahead of their time by this, nanoseconds: the grain of the poller.
  private static let tolerance: UInt64 = 2_000_000

  /// Slowest rate, a second: Linux answers one UDP probe a second (icmp(7), icmp_ratelimit).
  private static let leastRate = 1.0
  private static let shortestPeriod: UInt64 = 50_000_000
  private static let answersOfPeriod = 10
  private static let longestPeriod: UInt64 = 2_000_000_000

  package init() {}

  package var isPacing: Bool { interval > 0 }

  /// The rate kept, a second; nil while the host is not paced.
  package var rate: Double? { isPacing ? 1e9 / Double(interval) : nil }

  /// When the next start is allowed; at or before `now` where it is allowed at once.
  package func nextStart(now: UInt64) -> UInt64 {
    interval == 0 || due <= now + Self.tolerance ? now : due - Self.tolerance
  }

  package mutating func recordStart(now: UInt64) {
    guard interval > 0 else { return }
    due = max(due, now) + interval
  }

  /// An answer came.
  ///
  /// - Parameters:
  ///   - now: nanoseconds.
  ///   - lostPeriod: the period in which this endpoint's last unanswered try was started; nil where the first was answered.
  ///   - loss: what the host lost lately, which decides whether pacing begins.
  ///   - wait: the host's answer time, nanoseconds.
  package mutating func recordAnswer(now: UInt64, lostPeriod: UInt16?, loss: LossEstimate, wait: UInt64) {
    if periodBegan == 0 { periodBegan = now }
    answers += 1
    // A loss of an older period was the fault of an older rate.
    if let lostPeriod, isCurrent(lostPeriod) { losses += 1 }
    let elapsed = now - periodBegan
    let isMeasured =
      elapsed >= max(Self.shortestPeriod, 2 * wait) && answers >= Self.answersOfPeriod
      || elapsed >= Self.longestPeriod && answers >= 2
    guard isMeasured else {
      if !isPacing { beginIfLimited(now: now, elapsed: elapsed, loss: loss) }
      return
    }
    let delivered = Double(answers) * 1e9 / Double(elapsed)
    let ratio = Double(losses) / Double(answers + losses)
    if isPacing {
      adjust(delivered: delivered, loss: ratio)
    } else {
      begin(rate: delivered, loss: loss)
    }
    startPeriod(now: now)
  }

  /// Begins to pace within a period, when the evidence is plain.
  private mutating func beginIfLimited(now: UInt64, elapsed: UInt64, loss: LossEstimate) {
    guard elapsed >= Self.shortestPeriod, isLimited(loss) else { return }
    begin(rate: Double(answers) * 1e9 / Double(elapsed), loss: loss)
    startPeriod(now: now)
  }

  /// Whether a try of `tryPeriod` was made at about the rate of now.
  package func isCurrent(_ tryPeriod: UInt16) -> Bool {
    period &- tryPeriod <= 1 && (period != rateSince || tryPeriod == period)
  }

  /// A quarter lost, five at least: more than lossy links do.
  private func isLimited(_ loss: LossEstimate) -> Bool { !isFutile && loss.ratio >= 0.25 && loss.lostCount >= 5 }

  private mutating func begin(rate: Double, loss: LossEstimate) {
    guard isLimited(loss) else { return }
    regime &+= 1
    firstRate = rate
    firstLoss = loss.ratio
    rateSince = period &+ 1
    hasMetLimit = false
    setRate(rate)
  }

  private mutating func adjust(delivered: Double, loss: Double) {
    guard let rate else { return }
    if loss > 0.1 {
      if rate <= firstRate / 2, loss >= firstLoss * 2 / 3 {
        // Slower was not better: the losses are the link's own.
        isFutile = true
        interval = 0
      } else {
        hasMetLimit = true
        if delivered < rate * 0.7 { regime &+= 1 }
        rateSince = period &+ 1
        setRate(min(delivered, rate))
      }
    } else if loss < 0.03 {
      setRate(hasMetLimit ? rate * 1.1 : rate * 4)
    }
  }

  private mutating func setRate(_ rate: Double) { interval = UInt64(1e9 / min(max(rate, Self.leastRate), 1e6)) }

  private mutating func startPeriod(now: UInt64) {
    period &+= 1
    periodBegan = now
    answers = 0
    losses = 0
  }
}
