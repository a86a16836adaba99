import Testing

@testable import Worker

@Suite struct RetryPauseTests {
  @Test("Pauses grow, stay bounded, and begin anew after a success")
  func growsAndResets() {
    var pause = RetryPause()
    let first = pause.take()
    #expect(first <= .milliseconds(250))
    for _ in 0..<20 { _ = pause.take() }
    let late = pause.take()
    #expect(late >= .milliseconds(7_500) && late <= .seconds(15))
    pause.reset()
    #expect(pause.take() <= .milliseconds(250))
  }
}
