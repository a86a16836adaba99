internal import Identification

/// Open endpoints whose service could not be asked, by the reason.
struct UnaskedServices {
  private var unreachable = 0
  private var forbidden = 0
  private var short = 0

  /// Takes note of one; whether it is to be asked another time, because nothing about it kept us from asking.
  mutating func add(_ failure: IdentificationFailure) -> Bool {
    switch failure {
    case .unreachable: unreachable += 1
    case .forbidden: forbidden += 1
    case .localShortage: short += 1
    // Whoever cancelled says so.
    case .cancelled: return true
    }
    return failure.isOwn
  }

  /// One line for people; nil where there is nothing to tell.
  var text: String? {
    let count = unreachable + forbidden + short
    guard count > 0 else { return nil }
    let reasons = [
      (unreachable, "no longer accepted connections"), (short, "found this host out of descriptors, ports or buffers"),
      (forbidden, "may not be connected to"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return "\(count) service\(count == 1 ? "" : "s") could not be asked: \(reasons.joined(separator: ", "))"
  }
}

extension IdentificationFailure {
  /// Whether it says something about this host alone.
  fileprivate var isOwn: Bool {
    if case .localShortage = self { true } else { false }
  }
}
