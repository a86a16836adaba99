import Model
import Testing
import Wire

@testable import Worker

@Suite(.timeLimit(.minutes(10))) struct InventoryReporterTests {
  private static func bench(
    _ inventory: @escaping @Sendable (Int) async throws -> InventoryReceipt
  ) -> WorkerBench {
    var bench = WorkerBench(.init(inventory: inventory))
    bench.duties = [.inventory]
    return bench
  }

  /// Works until the coordinator has been sent so many inventories.
  private static func work(_ bench: WorkerBench, untilSent count: Int) async throws {
    async let working: Void = bench.work()
    await bench.coordinator.wait { if case .inventory(let report) = $0 { report.sequence == count } else { false } }
    bench.stop.stop()
    try await working
  }

  @Test("Inventories are numbered, come when the coordinator wants them, and are dated by its clock")
  func numberedAndDated() async throws {
    let bench = Self.bench { number in
      if number == 3 { await parked() }
      return InventoryReceipt(
        nextAfterMilliseconds: 60_000, now: Samples.coordinatorTime + .seconds(60 * (number - 1)))
    }
    try await Self.work(bench, untilSent: 3)
    let sent = bench.coordinator.inventories
    #expect(sent.map(\.sequence) == [1, 2, 3])
    #expect(sent.allSatisfy { $0.epoch == "epoch" })
    #expect(sent.map(\.takenAt) == (0..<3).map { Samples.coordinatorTime + .seconds(60 * $0) })
    #expect(!bench.coordinator.history.contains(.asked), "without the duty to scan it asks for no work")
  }

  @Test("A refused delta is followed by a whole report without a pause, as often as asked and no more")
  func wholeAtOnce() async throws {
    let bench = Self.bench { number in
      if number == 4 { await parked() }
      return InventoryReceipt(
        nextAfterMilliseconds: 60_000, now: Samples.coordinatorTime, needsFull: number == 2)
    }
    try await Self.work(bench, untilSent: 4)
    #expect(bench.coordinator.inventories.map { $0.delta?.baseSequence } == [nil, 1, nil, 3])
    #expect(bench.clock.pauses == [.seconds(60), .seconds(60)])
  }

  @Test("Trouble is said once and tried again")
  func troubleIsSaidOnce() async throws {
    let bench = Self.bench { number in
      if number == 4 { await parked() }
      throw ConversationError(.passing, "nobody answers")
    }
    try await Self.work(bench, untilSent: 4)
    #expect(bench.log.lines == ["the inventory could not be sent: nobody answers"])
  }

  @Test("An agent that is not enrolled any more ends, whatever it is doing")
  func removalEnds() async throws {
    var bench = Self.bench { _ in throw ConversationError(.notEnrolled, "not enrolled") }
    bench.duties = [.scan, .inventory]
    do {
      try await bench.work()
      Issue.record("there is nothing to work for")
    } catch {
      #expect((error as? ConversationError)?.code == .notEnrolled)
    }
  }

  @Test("A kernel that gives no inventory is an error that is said, not the agent's end")
  func unreadableKernel() async throws {
    struct Broken: InventorySource {
      let tries: Counter
      func sample() async throws -> InventorySample {
        if tries.next() < 3 { throw ConversationError(.refused, "netlink is closed") }
        return InventorySample(addresses: [], listeners: [])
      }
    }
    var bench = Self.bench { _ in
      await parked()
      throw ConversationError(.cancelled, "given up")
    }
    bench.inventory = Broken(tries: Counter())
    try await Self.work(bench, untilSent: 1)
    #expect(bench.log.lines == ["the inventory could not be sent: netlink is closed"])
  }
}
