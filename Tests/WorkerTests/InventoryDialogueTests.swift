import Model
import Testing
import Wire

@testable import Worker

@Suite struct InventoryDialogueTests {
  private var dialogue = InventoryDialogue(epoch: "boot")
  private var uptime = Duration.zero

  private static func sample(_ ports: Port...) -> InventorySample {
    InventorySample(addresses: [], listeners: ports.map { InventoryDeltaTests.listener($0) })
  }

  private static func receipt(needsFull: Bool? = false) -> InventoryReceipt {
    InventoryReceipt(nextAfterMilliseconds: 60_000, now: Samples.coordinatorTime, needsFull: needsFull)
  }

  private mutating func report(_ sample: InventorySample, after pause: Duration = .seconds(60)) -> InventoryReport {
    uptime += pause
    return dialogue.report(sample, takenAt: Samples.coordinatorTime, ownersVerifiedAt: nil, uptime: uptime)
  }

  private mutating func acknowledge(needsFull: Bool? = false) -> InventoryReport? {
    dialogue.received(Self.receipt(needsFull: needsFull), uptime: uptime)
  }

  @Test("The first report is whole; each next one builds on the last that was acknowledged")
  mutating func buildsOnAcknowledged() {
    let first = report(Self.sample(1, 2))
    #expect(first.sequence == 1 && first.delta == nil && first.listeners.map(\.port) == [1, 2])
    let answer1 = acknowledge()
    #expect(answer1 == nil)
    let second = report(Self.sample(1, 3))
    #expect(second.delta?.baseSequence == 1 && second.listeners.map(\.port) == [3])
    #expect(second.delta?.goneListeners.map(\.port) == [2])
    // Its answer is lost: the next builds on the first again.
    let third = report(Self.sample(1, 3))
    #expect(third.sequence == 3 && third.delta?.baseSequence == 1 && third.listeners.map(\.port) == [3])
    let answer2 = acknowledge()
    #expect(answer2 == nil)
    let fourth = report(Self.sample(1, 3))
    #expect(fourth.delta == .init(baseSequence: 3) && fourth.listeners.isEmpty)
  }

  @Test("A delta that is refused is followed by the whole at once, of the same time")
  mutating func followsRefusalAtOnce() {
    _ = report(Self.sample(1))
    _ = acknowledge()
    _ = report(Self.sample(1, 2))
    let whole = acknowledge(needsFull: true)
    #expect(whole?.delta == nil && whole?.sequence == 3 && whole?.listeners.map(\.port) == [1, 2])
    // A coordinator that wants more than everything is not asked again at once.
    let answer3 = acknowledge(needsFull: true)
    #expect(answer3 == nil)
    let next = report(Self.sample(1, 2))
    #expect(next.delta == nil)
    let answer4 = acknowledge()
    #expect(answer4 == nil)
    let last = report(Self.sample(1, 2))
    #expect(last.delta == .init(baseSequence: 4))
  }

  @Test("Every sixtieth report is whole")
  mutating func sendsAllEachSixtieth() {
    var whole: [Int64] = []
    for _ in 0..<125 {
      let next = report(Self.sample(1), after: .seconds(1))
      if next.delta == nil { whole.append(next.sequence) }
      _ = acknowledge()
    }
    #expect(whole == [1, 61, 121])
  }

  @Test("With rare reports, one an hour is whole")
  mutating func sendsAllEachHour() {
    var whole: [Int64] = []
    for _ in 0..<13 {
      let next = report(Self.sample(1), after: .seconds(600))
      if next.delta == nil { whole.append(next.sequence) }
      _ = acknowledge()
    }
    #expect(whole == [1, 7, 13])
  }

  @Test("A coordinator that knows no deltas gets none; after one that refuses the request the next is whole")
  mutating func sendsAllWhereAsked() {
    for _ in 0..<3 {
      let next = report(Self.sample(1))
      #expect(next.delta == nil)
      _ = acknowledge(needsFull: nil)
    }
    _ = report(Self.sample(1))
    _ = acknowledge()
    let delta = report(Self.sample(1))
    #expect(delta.delta != nil)
    dialogue.refused()
    let next = report(Self.sample(1))
    #expect(next.delta == nil)
  }
}
