import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorHTTP

@Suite struct PageCursorTests {
  @Test("A host's cursor is read back as it was")
  func roundTrips() throws {
    let host = ChartHost(site: SiteID(3), scope: HostScope(rawValue: "agent:7/lo"), address: .ipv6Loopback)
    #expect(try PageCursor.host(PageCursor.text(host)) == host)
  }

  @Test("A cursor from elsewhere is refused", arguments: ["", "x", "////", "YWJj"])
  func refusesForeign(text: String) {
    #expect(throws: Refusal.self) { try PageCursor.position(text) }
  }
}
