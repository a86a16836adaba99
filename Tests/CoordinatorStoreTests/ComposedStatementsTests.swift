import GRDB
import Synchronization
import Testing

@testable import CoordinatorStore

@Suite struct ComposedStatementsTests {
  private final class Count: Sendable {
    let value = Mutex(0)
  }

  @Test("A statement is kept from its second run on, and all are given up once there are too many")
  func keeps() {
    let count = Count()
    let composed = ComposedStatements { count.value.withLock { $0 += 1 } }
    #expect(!composed.isKept("SELECT 0"))
    for _ in 0..<3 { #expect(composed.isKept("SELECT 0")) }
    for number in 1..<ComposedStatements.most {
      #expect(!composed.isKept("SELECT \(number)"))
      #expect(composed.isKept("SELECT \(number)"))
    }
    #expect(count.value.withLock { $0 } == 0)
    #expect(!composed.isKept("SELECT 'more'"))
    #expect(composed.isKept("SELECT 'more'"))
    #expect(count.value.withLock { $0 } == 1)
    #expect(!composed.isKept("SELECT 0"))
    #expect(composed.isKept("SELECT 'more'"))
  }

  @Test("What is asked once is not kept, however often something else is; nor is what is long")
  func forgets() {
    let composed = ComposedStatements {}
    let long = "SELECT '\(String(repeating: "x", count: ComposedStatements.longest))'"
    for number in 0..<1_000 {
      #expect(!composed.isKept("SELECT \(number)"))
      #expect(!composed.isKept(long))
    }
  }

  @Test("A kept statement that runs already is not begun anew within itself")
  func nests() throws {
    let database = try DatabaseQueue()
    let composed = ComposedStatements {}
    let text = "SELECT column1 FROM (VALUES (1), (2), (3))"
    for _ in 0..<3 {
      try database.read { database in
        let session = SQLiteSession(database: database, composed: composed)
        var pairs: [[Int64?]] = []
        try session.eachComposedRow(text, []) { outer in
          let number = outer.integer(at: 0)
          try session.eachComposedRow(text, []) { inner in
            pairs.append([number, inner.integer(at: 0)])
          }
        }
        #expect(pairs == (1...3).flatMap { outer in (1...3).map { [outer, $0] } })
      }
    }
  }
}
