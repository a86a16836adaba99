internal import CLinux
internal import Glibc
internal import Synchronization

/// A named operating-system thread, for work that blocks: nothing on the cooperative pool may.
package final class SystemThread: Sendable {
  private let handle: pthread_t
  private let isJoined = Atomic<Bool>(false)

  /// Starts `body`, which takes along what it captured, on a thread of its own with every signal blocked, so that signals reach the main thread.
  ///
  /// The name is what `ps -L` shows, cut at 15 bytes (pthread_setname_np(3)).
  ///
  /// - Throws: `SystemError`, EAGAIN where threads ran out.
  package init(name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
    let start = Unmanaged.passRetained(Start(name: String(decoding: name.utf8.prefix(15), as: UTF8.self), body: body))
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        // pthread_create hands back the pointer it was given, which is never null.
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        _ = clinux_name_this_thread(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
      start.release()
      throw SystemError(call: "pthread_create", errno: code)
    }
    handle = thread
  }

  /// Blocks until the thread has ended; only the first call waits.
  ///
  /// - Precondition: not called on the thread itself.
  package func join() {
    let claim = isJoined.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
    guard claim.exchanged else { return }
    precondition(!isCurrent, "a thread cannot wait for itself")
    pthread_join(handle, nil)
  }

  /// Whether the caller runs on this thread.
  package var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

  deinit {
    if !isJoined.load(ordering: .acquiring) { pthread_detach(handle) }
  }

  /// What the new thread picks up.
  private final class Start {
    let name: String
    let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
