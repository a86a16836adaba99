internal import Glibc

/// The one way to call the kernel: errno is captured at once, and a bad descriptor traps, because it is always our bug
/// and continuing would touch somebody else's file.
package enum SystemCall {
  /// Calls, and calls again as long as a signal interrupts (signal(7)).
  ///
  /// Never for close(2), whose descriptor is gone after EINTR on Linux, nor for connect(2), which goes on by itself after it.
  ///
  /// - Returns: what the call returned, never -1.
  @discardableResult
  package static func retrying<Result: FixedWidthInteger & SignedInteger>(
    _ name: @autoclosure () -> String, _ call: () -> Result
  ) throws(SystemError) -> Result {
    while true {
      let result = call()
      if result != -1 { return result }
      let code = errno
      if code == EINTR { continue }
      precondition(code != EBADF, "a system call was given a descriptor that is not open")
      throw SystemError(call: name(), errno: code)
    }
  }

  /// Waits, on the calling thread, which must not be the cooperative pool's; a signal cuts it short.
  package static func pause(_ duration: Duration) {
    var time = timespec(
      tv_sec: Int(duration.components.seconds), tv_nsec: Int(duration.components.attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }

  /// Calls once, whatever happens.
  ///
  /// - Returns: 0, or the errno that the call left.
  package static func once(_ call: () -> Int32) -> Int32 {
    if call() != -1 { return 0 }
    let code = errno
    precondition(code != EBADF, "a system call was given a descriptor that is not open")
    return code
  }
}
