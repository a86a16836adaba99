internal import Glibc

/// How many tries are lost on the way to something that answers, lately: counted when an answer comes at last, because only
/// then silence is known to have been loss.
package struct LossEstimate: Equatable, Sendable {
  private var lost: Double = 0
  private var total: Double = 0

  /// Older evidence counts half after so many tries.
  private let memory: Double

  /// So many tries of a network at most count beside those of its host: one loss among a few answers is chance.
  private static let networkWeight = 64.0

  /// - Parameter memory: tries after which older evidence counts half.
  package init(memory: Int) { self.memory = Double(memory) }

  /// An answer came after `lost` tries that brought none.
  package mutating func addAnswer(lost: Int) {
    self.lost += Double(lost)
    total += Double(lost) + 1
    guard total > memory else { return }
    self.lost /= 2
    total /= 2
  }

  package mutating func reset() {
    lost = 0
    total = 0
  }

  /// The part of tries that is lost, 0 to 1; 0 where nothing was heard.
  package var ratio: Double { total > 0 ? lost / total : 0 }

  /// How many lost tries stand behind `ratio`, with what was forgotten left out.
  package var lostCount: Double { lost }

  /// How many tries an endpoint gets before its silence is believed: as many as make losing all of them rarer than
  /// `acceptedError`; two where no loss was seen.
  ///
  /// - Parameters:
  ///   - network: what was seen in the host's network; it counts where the host's own answers are few.
  ///   - acceptedError: the chance accepted for calling an endpoint silent that answers.
  ///   - floor: a loss ratio to reckon with in any case.
  /// - Returns: at least 2.
  package func triesNeeded(network: LossEstimate, acceptedError: Double, floor: Double = 0) -> Int {
    let shared = min(network.total, Self.networkWeight)
    let ratio = max((lost + shared * network.ratio) / max(total + shared, 1), floor)
    guard ratio > 0.001 else { return 2 }
    guard ratio < 0.99 else { return .max }
    return max(2, Int((log(acceptedError) / log(ratio)).rounded(.up)))
  }
}
