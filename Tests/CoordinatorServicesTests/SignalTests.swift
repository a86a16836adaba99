import Testing

@testable import CoordinatorServices

@Suite struct SignalTests {
  @Test("A signal fired between looking and waiting is not lost")
  func keepsEarlyFires() async {
    let signal = Signal()
    let seen = signal.count
    signal.fire()
    await signal.wait(after: seen, upTo: .seconds(3_600))
    #expect(signal.count == seen + 1)
  }

  @Test("Closing ends every wait, now and later")
  func endsWhenClosed() async {
    let signal = Signal()
    signal.close()
    await signal.wait(after: signal.count, upTo: .seconds(3_600))
    #expect(signal.isClosed)
  }
}
