import Glibc
import LinuxSystem
import Synchronization
import Testing

@Suite("Threads, wake-ups and descriptors")
struct SystemThreadTests {
  /// What the thread leaves behind for the test to read after it has joined.
  private final class Result: Sendable {
    let name = Mutex("")
  }

  @Test("A thread carries its name, cut at what the kernel keeps, and join waits for its end")
  func named() throws {
    let result = Result()
    let thread = try SystemThread(name: "periplus-engine-0") {
      let text = (try? Descriptor.open("/proc/thread-self/comm", flags: O_RDONLY).contents(limit: 64)) ?? []
      result.name.withLock { $0 = String(decoding: text, as: UTF8.self) }
    }
    #expect(!thread.isCurrent)
    thread.join()
    thread.join()
    #expect(result.name.withLock { $0 } == "periplus-engine\n")
  }

  @Test("A signal from another thread ends a wait without timeout")
  func wakes() throws {
    let wakeup = try EventWakeup()
    var poller = try EpollPoller()
    try poller.watch(wakeup.number, for: .readable, token: 0xfeed_0000_0001)
    wakeup.signal()
    wakeup.signal()
    var tokens: [UInt64] = []
    try poller.wait(milliseconds: nil) { token, readiness in
      if readiness.contains(.readable) { tokens.append(token) }
    }
    #expect(tokens == [0xfeed_0000_0001])
    wakeup.drain()
    try poller.wait(milliseconds: 0) { token, _ in tokens.append(token) }
    #expect(tokens.count == 1)
  }

  @Test("A failed call names itself and its errno")
  func errors() {
    let error = #expect(throws: SystemError.self) {
      _ = try Descriptor.open("/proc/no-such-entry", flags: O_RDONLY)
    }
    #expect(error?.errno == ENOENT)
    #expect(error?.description == "open /proc/no-such-entry: No such file or directory (errno 2)")
  }

  @Test("The clock runs forwards and the limits are sane")
  func limits() {
    let before = MonotonicClock.now
    #expect(MonotonicClock.now >= before)
    #expect(ResourceLimits.openFiles > 0)
    #expect(ResourceLimits.physicalMemory > 1 << 24)
    #expect(ResourceLimits.ephemeralPorts.count > 1)
  }
}
