import Model
import Testing

@testable import CoordinatorCore

@Suite struct ChartQueryTests {
  private func parse(_ text: String) throws -> [ChartQuery.Term] {
    try ChartQuery(parsing: text, services: .builtIn).terms
  }

  private func range(_ first: String, _ last: String) throws -> AddressRange {
    AddressRange(try #require(IPAddress(first)), try #require(IPAddress(last)))
  }

  @Test("Terms are fields with values; a bare address means net:, a bare number port:")
  func readsTerms() throws {
    #expect(try parse("").isEmpty)
    #expect(try parse(" 443 ") == [.port([443...443])])
    #expect(try parse("port:22,80..90") == [.port([22...22, 80...90])])
    #expect(try parse("10.0.0.0/30") == [.net([try range("10.0.0.0", "10.0.0.3")])])
    #expect(
      try parse("NET:10.0.0.1-10.0.0.9 host:::1")
        == [.net([try range("10.0.0.1", "10.0.0.9")]), .net([AddressRange(.ipv6Loopback)])])
    #expect(try parse("state:Open,closed verdict:local-only") == [.state([.open, .closed]), .verdict([.localOnly])])
    #expect(try parse("proto:udp pid:7") == [.transport([.udp]), .pid([7])])
    #expect(
      try parse("proc:nginx user:root unit:a.service zone:dmz agent:w site:s")
        == [
          .process(["nginx"]), .user(["root"]), .unit(["a.service"]), .zone(["dmz"]), .agent(["w"]), .site(["s"]),
        ])
    guard case .service(["https"], let endpoints) = try #require(parse("service:HTTPS").first) else {
      Issue.record("a service is a name, and stands for its ports")
      return
    }
    #expect(endpoints.contains(ProtocolPort(.tcp, 443)))
    // Identified services have names that no registry knows.
    #expect(try parse("service:ms-sql+x") == [.service(["ms-sql+x"], registered: [])])
    #expect(try parse("product:nginx,OpenSSH") == [.product(["nginx", "OpenSSH"])])
  }

  @Test(
    "An error points at the character of the whole query",
    arguments: [
      ("port:443 colour:red", 9), ("port:", 5), ("port:22,x", 8), ("state:open,shut", 11), ("  port:90..80", 7),
      ("net:10.0.0.0/33", 4), ("net:10.0.0.9-10.0.0.1", 4), ("service:http,a/b", 13), ("a or b", 0),
      ("port:1 or port:2", 7), ("zone:,", 5), ("verdict:,,", 8), ("pid:1,99999999999", 6), ("nginx", 0), (":x", 0),
      ("port:443 ünïcode:1", 9),
    ])
  func pointsAtFaults(text: String, offset: Int) {
    let error = #expect(throws: ExpressionError.self) { try parse(text) }
    #expect(error?.subject == .query)
    #expect(error?.expression == text)
    #expect(error?.offset == offset)
  }

  @Test("A query knows whether it names states")
  func knowsStates() throws {
    #expect(try ChartQuery(parsing: "port:1 state:closed", services: .builtIn).namesState)
    #expect(try !ChartQuery(parsing: "port:1", services: .builtIn).namesState)
  }
}
