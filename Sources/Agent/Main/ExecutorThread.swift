internal import LinuxSystem
internal import Synchronization

/// A thread that runs an actor's jobs and nothing else: lease renewals are not kept waiting by whatever else fills the
/// cooperative pool, and what blocks keeps nothing else waiting.
final class ExecutorThread: SerialExecutor {
  private struct Queue {
    var jobs: [UnownedJob] = []
  }

  private let queue: Mutex<Queue>
  private let wakeup: EventWakeup

  /// Throws a `SystemError` if there is no thread or descriptor to be had. `name` is what `ps -L` shows.
  init(name: String) throws {
    queue = Mutex(Queue())
    wakeup = try EventWakeup()
    // The agent keeps its threads for life: there is no stop.
    _ = try SystemThread(name: name) { [self] in work() }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    queue.withLock { $0.jobs.append(unowned) }
    wakeup.signal()
  }

  private func work() {
    while true {
      wakeup.wait()
      let jobs = queue.withLock { queue in
        defer { queue.jobs = [] }
        return queue.jobs
      }
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
  }
}
