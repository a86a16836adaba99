internal import CLinux
internal import Glibc

/// Tells of a signal from an ordinary thread, where anything may be done about it.
///
/// For the whole life of a program: there is one for a signal in a process, and it is never taken back. Each signal is
/// told once; a second one of its kind has its default effect.
package final class SignalWatch: Sendable {
  private let thread: SystemThread

  /// - Throws: `SystemError`: EINVAL for a signal that cannot be caught, or descriptors or threads ran out.
  package init(_ signals: [Int32], _ received: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
    let wakeups = try signals.map { signal throws(SystemError) in
      // The handler writes to it until the process ends, so that nobody owns and closes it.
      let wakeup = try EventWakeup().release()
      let code = clinux_report_signal(signal, wakeup)
      guard code == 0 else { throw SystemError(call: "sigaction", errno: code) }
      return (signal, wakeup)
    }
    let epoll = Epoll(try EpollPoller())
    for (signal, wakeup) in wakeups {
      try epoll.poller.watch(wakeup, for: [.readable, .edgeTriggered], token: UInt64(signal))
    }
    thread = try SystemThread(name: "signals") {
      while true {
        do throws(SystemError) {
          try epoll.poller.wait(milliseconds: nil) { token, _ in received(Int32(token)) }
        } catch {
          preconditionFailure("epoll_wait fails only for arguments that are wrong: \(error)")
        }
      }
    }
  }

  /// Carries the poller into the thread's closure, which cannot take what cannot be copied.
  private final class Epoll {
    var poller: EpollPoller

    init(_ poller: consuming EpollPoller) { self.poller = poller }
  }
}
