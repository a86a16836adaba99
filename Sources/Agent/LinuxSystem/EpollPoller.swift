internal import CLinux
internal import Glibc

/// Waits for readiness of many descriptors at once (epoll(7)).
///
/// Not for sharing between threads: the array of events is reused from wait to wait.
package struct EpollPoller: ~Copyable {
  private let descriptor: Descriptor
  private var events: [epoll_event]

  /// - Throws: `SystemError`, EMFILE or ENFILE where descriptors ran out.
  package init(eventsPerWait: Int = 512) throws(SystemError) {
    descriptor = Descriptor(
      owning: try SystemCall.retrying("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    events = [epoll_event](repeating: epoll_event(), count: eventsPerWait)
  }

  /// Watches a descriptor until it closes; `token` comes back with each of its events.
  ///
  /// - Throws: `SystemError`, ENOSPC over `/proc/sys/fs/epoll/max_user_watches`, ENOMEM.
  package func watch(_ number: Int32, for interest: EpollInterest, token: UInt64) throws(SystemError) {
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.u64 = token
    try SystemCall.retrying("epoll_ctl") { epoll_ctl(descriptor.number, EPOLL_CTL_ADD, number, &event) }
  }

  /// Blocks until an event comes or the timeout ends (nil: for ever), then hands every event to `body`.
  ///
  /// A signal ends the wait early, with no event: the caller's loop looks at its clock and waits again.
  package mutating func wait(
    milliseconds: Int32?, _ body: (_ token: UInt64, _ readiness: EpollInterest) -> Void
  ) throws(SystemError) {
    let count = epoll_wait(descriptor.number, &events, Int32(events.count), milliseconds ?? -1)
    guard count >= 0 else {
      let code = errno
      if code == EINTR { return }
      throw SystemError(call: "epoll_wait", errno: code)
    }
    for index in 0..<Int(count) {
      let event = events[index]
      body(event.data.u64, EpollInterest(rawValue: event.events))
    }
  }
}
