import Synchronization
import Testing

@testable import CoordinatorHTTP

@Suite struct ReaderPatienceTests {
  @Test("A reader that takes nothing is given up, once", .timeLimit(.minutes(10)))
  func givesUp() async {
    let times = Mutex(0)
    let patience = ReaderPatience(limit: .milliseconds(20))
    patience.noteProgress()
    await patience.watch { times.withLock { $0 += 1 } }
    #expect(times.withLock { $0 } == 1)
  }

  @Test("An answer that is through ends the watch, and nobody is given up", .timeLimit(.minutes(10)))
  func ends() async {
    let patience = ReaderPatience(limit: .seconds(86_400))
    let watch = Task { await patience.watch { Issue.record("given up") } }
    watch.cancel()
    await watch.value
  }
}
