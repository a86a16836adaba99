import Testing
import WorkerSupport

@Suite struct MemorySpoolTests {
  @Test("The spool of tests does what every spool does")
  func conforms() async throws {
    #expect(try await SpoolConformance.violations(of: MemorySpool()) == [])
  }
}
