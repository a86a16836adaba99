internal import Synchronization

/// What a run's handle and the engine's thread share.
final class RunControl: Sendable {
  let channel: ObservationChannel

  private let cancelled = Atomic<Bool>(false)
  private let paceChange = Mutex<ScanPace?>(nil)
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
    channel = ObservationChannel(creditReturned: wake)
  }

  /// Looked at before every single connect.
  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() {
    guard !cancelled.exchange(true, ordering: .acquiringAndReleasing) else { return }
    wake()
  }

  func change(_ pace: ScanPace) {
    paceChange.withLock { $0 = pace }
    wake()
  }

  /// The newest pace asked for since the last call; engine thread.
  func takePaceChange() -> ScanPace? {
    paceChange.withLock { pace in
      defer { pace = nil }
      return pace
    }
  }
}
