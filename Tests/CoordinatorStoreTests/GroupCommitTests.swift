import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

@Suite struct GroupCommitTests {
  private struct Fault: Error, Equatable {}

  @Test("A change that throws is undone alone; its neighbours in the batch are durable")
  func failuresStayAlone() async throws {
    let fixture = try await StoreFixture()
    let changes = (0..<20).map { number in
      RecordedChange<Void> { session throws in
        _ = try session.insertSite(name: "site\(number)", at: StoreFixture.start)
        if number % 3 == 1 { throw Fault() }
      }
    }
    await fixture.store.commit(changes)
    for (number, change) in changes.enumerated() {
      #expect(change.settlementCount == 1)
      if number % 3 == 1 {
        #expect(throws: Fault()) { try change.outcome() }
      } else {
        try change.outcome()
      }
    }
    let names = Set(try await fixture.store.read { try $0.sites().map(\.name) })
    for number in 0..<20 { #expect(names.contains("site\(number)") == (number % 3 != 1)) }
  }

  @Test("A constraint that a change breaks is its own error, and a later change of the batch sees none of it")
  func constraintsStayAlone() async throws {
    let fixture = try await StoreFixture()
    let first = RecordedChange { try $0.insertSite(name: "twice", at: StoreFixture.start).id }
    let second = RecordedChange { try $0.insertSite(name: "twice", at: StoreFixture.start).id }
    let third = RecordedChange { try $0.sites().count }
    await fixture.store.commit([first, second, third])
    _ = try first.outcome()
    let error = #expect(throws: StoreError.self) { try second.outcome() }
    #expect(error?.message.contains("INSERT") == false, "no statement leaves the store")
    #expect(try third.outcome() == 2)
  }

  @Test("Changes of a batch see those before them")
  func seesEarlierChanges() async throws {
    let fixture = try await StoreFixture()
    let first = RecordedChange { try $0.insertSite(name: "one", at: StoreFixture.start).id }
    let second = RecordedChange { session in try session.sites().first { $0.name == "one" }?.id }
    await fixture.store.commit([first, second])
    #expect(try first.outcome() == second.outcome())
  }

  @Test("A full disk fails the change with its own code, tells the truth about its neighbours, and passes")
  func survivesFullDisks() async throws {
    let fixture = try await StoreFixture()
    func setPageLimit(_ pragma: String) async throws {
      try await fixture.store.change { session throws in
        let database = try #require(session as? SQLiteSession).database
        _ = try Int.fetchOne(database, sql: pragma)
      }
    }
    // The least limit there is: SQLite raises it to the present size of the file.
    try await setPageLimit("PRAGMA max_page_count = 1")
    let small = RecordedChange { try $0.markSeen(fixture.agent, at: StoreFixture.start + .seconds(1)) }
    let large = RecordedChange<Void> { session throws in
      for number in 0..<2_000 {
        _ = try session.insertSite(name: String(repeating: "\(number) ", count: 100), at: StoreFixture.start)
      }
    }
    let after = RecordedChange { try $0.setPace(fixture.agent, probesPerSecond: 7) }
    await fixture.store.commit([small, large, after])
    let error = #expect(throws: StoreError.self) { try large.outcome() }
    #expect(error?.code == .full)
    let agent = try #require(try await fixture.store.read { try $0.agent(fixture.agent) })
    let smallHeld = (try? small.outcome()) != nil
    #expect((agent.lastSeen != nil) == smallHeld)
    let afterHeld = (try? after.outcome()) != nil
    #expect((agent.probesPerSecond != nil) == afterHeld)
    #expect(try await fixture.store.read { try $0.sites().count } == 1)

    try await setPageLimit("PRAGMA max_page_count = 1000000")
    try await fixture.store.change { session throws in
      for number in 0..<2_000 { _ = try session.insertSite(name: "site\(number)", at: StoreFixture.start) }
    }
    #expect(try await fixture.store.read { try $0.sites().count } == 2_001)
  }
}
