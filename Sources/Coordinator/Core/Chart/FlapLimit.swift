package import Model

/// When a port has opened and closed so often that once more is no news.
package struct FlapLimit: Hashable, Sendable {
  /// Changes of one zone's view within `window` that are told; further ones are not, until it settles.
  package var changes: Int
  package var window: Duration

  package init(changes: Int, window: Duration) {
    self.changes = changes
    self.window = window
  }

  /// More in one window are no setting that anybody means.
  package static let most = 1_000

  package static let standard = FlapLimit(changes: 5, window: .seconds(86_400))
}

extension ChangeKind {
  /// Those that a port which flaps is full of.
  package static let ofFlapping: Set<ChangeKind> = [.opened, .reopened, .closed]
}

extension [ViewRun] {
  /// How often the view opened and closed within the window that ends with a time, that time included.
  package func flaps(within limit: FlapLimit, by time: Timestamp) -> Int {
    count { run in
      guard let change = run.change, ChangeKind.ofFlapping.contains(change) else { return false }
      return run.first <= time && run.first > time - limit.window
    }
  }
}
