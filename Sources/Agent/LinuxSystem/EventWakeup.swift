internal import CLinux
internal import Glibc

/// Wakes a thread out of its poller from any other thread (eventfd(2)).
package struct EventWakeup: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// The descriptor to watch as readable.
  package var number: Int32 { descriptor.number }

  package init() throws(SystemError) {
    descriptor = Descriptor(
      owning: try SystemCall.retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
  }

  /// Lets go of the descriptor without closing it.
  consuming func release() -> Int32 { descriptor.release() }

  /// Makes the descriptor readable; never blocks.
  package func signal() {
    var one: UInt64 = 1
    // EAGAIN means that the counter is full: then the other side has a wake-up waiting anyway.
    _ = SystemCall.once { write(descriptor.number, &one, 8) < 0 ? -1 : 0 }
  }

  /// Takes back every signal so far; never blocks.
  package func drain() {
    var count: UInt64 = 0
    _ = SystemCall.once { read(descriptor.number, &count, 8) < 0 ? -1 : 0 }
  }

  /// Blocks until there is a signal, and takes it back; an interruption by a signal handler ends it early.
  package func wait() {
    var watched = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    _ = SystemCall.once { poll(&watched, 1, -1) }
    drain()
  }
}
