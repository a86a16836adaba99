import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

/// Looks in which a host's echo met silence.
@Suite struct HostMissesTests {
  private static func look(_ begun: Int64, _ ended: Int64, job: Int64 = 1) -> HostRun {
    HostRun(
      HostSilence(begun: Timestamp(milliseconds: begun), ended: Timestamp(milliseconds: ended)), agent: AgentID(1),
      job: JobID(job))
  }

  private static func misses(_ looks: [HostRun]) -> HostMisses {
    var misses = HostMisses()
    for look in looks { misses.insert(look) }
    return misses
  }

  @Test("A scan counts once, by the part of it that ended first, in whatever order the looks come")
  func countsScans() {
    let looks = [
      Self.look(1, 3, job: 1), Self.look(1, 2, job: 2), Self.look(1, 9, job: 3), Self.look(4, 6), Self.look(5, 8),
    ]
    var random = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let misses = Self.misses(looks.shuffled(using: &random) + looks)
      #expect(misses.looks.map(\.first.milliseconds) == [2, 6, 8])
      #expect(misses.gone(closeAfter: 1)?.first.milliseconds == 2)
      #expect(misses.gone(closeAfter: 2)?.first.milliseconds == 6)
      #expect(misses.gone(closeAfter: 2)?.last.milliseconds == 8)
      #expect(misses.gone(closeAfter: 3)?.reason == .echoReply)
      #expect(misses.gone(closeAfter: 4) == nil)
    }
  }

  @Test("An answer makes void what had begun before it")
  func forgets() {
    var misses = Self.misses([Self.look(1, 3), Self.look(4, 9), Self.look(6, 8)])
    misses.forget(until: Timestamp(milliseconds: 4))
    #expect(misses.looks.map(\.first.milliseconds) == [8])
    misses.forget(until: Timestamp(milliseconds: 6))
    #expect(misses.isEmpty)
  }

  @Test("Of many the newest are kept, and still tell that there were enough")
  func keepsTheNewest() {
    let misses = Self.misses((1...40).map { Self.look($0 * 10, $0 * 10 + 1) })
    #expect(misses.looks.count == Confirmations.most)
    #expect(misses.looks.last?.first.milliseconds == 401)
    #expect(misses.gone(closeAfter: Confirmations.most) != nil)
  }
}
