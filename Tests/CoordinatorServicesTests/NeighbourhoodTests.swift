import CoordinatorCore
import CoordinatorStore
import Model
import Synchronization
import Testing

@testable import CoordinatorServices

@Suite struct NeighbourhoodTests {
  /// Counts the statements that read what is known of one host alone.
  private final class HostReads: StatementWatch {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }

    func willRun(_ sql: String) throws {
      if sql.hasPrefix("SELECT * FROM host_view") { state.withLock { $0 += 1 } }
    }
  }

  private func parts(_ addresses: [IPAddress]) -> [[IPAddress]] {
    addresses.map { (HostAddress($0), HostObservations()) }.neighbourhoods.map { $0.map { $0.0.address } }
  }

  @Test("Hosts part where addresses are far from one another, or of another family, and none is lost")
  func parting() throws {
    #expect(parts([]).isEmpty)
    let first = (0..<40).map { IPAddress(ipv4: 0x0a00_0000 + $0) }
    let second = [IPAddress(ipv4: 0x0a00_0100), IPAddress(ipv4: 0x0a00_0140)]
    let third = [IPAddress(ipv4: 0x0a00_0181)]
    let sixth = [try #require(IPAddress("::1"))]
    #expect(parts(first) == [first])
    #expect(parts(first + second + third + sixth) == [first, second, third, sixth])
    // The same address with and without an interface.
    #expect(parts([first[0], first[0]]) == [[first[0], first[0]]])
  }

  @Test("What lies between the blocks of a job, however much it is, does not make a chunk read host by host")
  func blocks() async throws {
    let reads = HostReads()
    let settings = FleetSettings(
      attemptLimit: 3, jobBudget: JobBudget(duration: .seconds(30), first: 4_096, largest: 1 << 20))
    try await Fleet.run(settings: settings, watch: reads) { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      for targets in ["10.0.4.0/23", "10.0.0.0/27,10.0.200.0/27", "10.0.0.0/27,10.0.200.0/27"] {
        let before = reads.count
        _ = try await fleet.submit(targets, ports: "22,80")
        let grant = try #require(try await fleet.grant(agent))
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 22)])
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
        try await fleet.finish(grant, by: agent, chunks: 1)
        #expect(reads.count == before)
        fleet.clock.advance(by: .seconds(60))
      }
      #expect(try await fleet.rows("state:open").count == 576)
    }
  }
}
