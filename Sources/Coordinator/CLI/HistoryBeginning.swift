internal import LocalSystem
internal import Model

/// Says that a list of the past has a beginning: what was over before it was purged, which is not the same as that nothing was.
enum HistoryBeginning {
  static func text(_ since: Timestamp) -> String {
    "history begins at \(since): what was over before was purged"
  }

  /// To standard error, beside the list. Nil: nothing was purged.
  static func tell(_ since: Timestamp?) {
    if let since { StandardStream.error.print(text(since)) }
  }
}
