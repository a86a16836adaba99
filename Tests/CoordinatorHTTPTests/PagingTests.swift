import CoordinatorCore
import CoordinatorServices
import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

@Suite struct PagingTests {
  /// Every row of a list, read in pages of `limit`.
  private func rows<Row: Codable & Sendable>(_ api: API, _ path: String, limit: Int) async throws -> [Row] {
    var all: [Row] = []
    var cursor: String?
    for _ in 0..<200 {
      let next = cursor.map { "&cursor=\($0)" } ?? ""
      let answer = try await api.get("\(path)?limit=\(limit)\(next)")
      #expect(answer.status == 200)
      let page: Page<Row> = try answer.decoded()
      #expect(page.rows.count <= limit)
      all += page.rows
      cursor = page.nextCursor
      if cursor == nil { return all }
    }
    Issue.record("\(path) never ends")
    return all
  }

  private func sendInventory(_ api: API, ports: Range<UInt16>) async throws {
    let agent = try await api.enrol("a")
    let record = try #require(try await api.fleet.agent(secret: agent.secret))
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for port in ports {
      let key = ListenerRecord.Key(transport: .tcp, address: .ipv4Unspecified, port: Port(port), interface: "")
      listeners[key] = ListenerContent(
        isIPv6Only: false, uid: nil, user: nil, inode: nil, processes: [ListeningProcess(pid: 1, name: "p")],
        ownerUnknownReason: nil, unit: nil)
    }
    let interfaces = (1...5).map { number in
      InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0000 + UInt32(number)), prefixLength: 24)
    }
    _ = try await ResultService(context: api.context).accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "e", sequence: 1), takenAt: api.clock.now, interfaces: interfaces,
        listeners: listeners), from: record)
  }

  @Test("Cursors page through all rows once, whatever the page's size", arguments: [1, 3, 7, 1_000])
  func pagesOnce(limit: Int) async throws {
    try await API.run { api async throws in
      try await sendInventory(api, ports: 20..<27)
      for _ in 0..<7 { #expect(try await api.post("scans", #"{"targets":["127.0.0.1"]}"#).status == 201) }
      let scans: [ScanRow] = try await rows(api, "scans", limit: limit)
      #expect(scans.map(\.id.rawValue) == [7, 6, 5, 4, 3, 2, 1])
      let ports: [PortRow] = try await rows(api, "ports", limit: limit)
      #expect(ports.count == 35 && Set(ports).count == 35)
      #expect(ports.map { $0.address } == ports.map { $0.address }.sorted())
      let hosts: [HostRow] = try await rows(api, "hosts", limit: limit)
      #expect(hosts.map(\.listeners) == [7, 7, 7, 7, 7])
      #expect(Set(hosts.map(\.address)).count == 5)
      let listeners: [ListenerRow] = try await rows(api, "listeners", limit: limit)
      #expect(Set(listeners.map(\.port)).count == 7 && listeners.count == 7)
      // Counts go on from a cursor of the chart's order; of the past they have none.
      let cursor = try #require(
        (try await api.get("ports?limit=7").decoded() as Page<PortRow>).nextCursor)
      let rest: CountList = try await api.get("ports/counts?by=verdict&cursor=\(cursor)").decoded()
      #expect(rest.nextCursor == nil && rest.rows.reduce(0) { $0 + $1.endpoints } == 28)
      #expect(try await api.get("ports/counts?by=verdict&cursor=\(cursor)&asOf=1h").status == 422)
      #expect(try await api.get("ports/counts?by=verdict&cursor=x").status == 422)
      let rules: [ScopeRuleRow] = try await rows(api, "scope", limit: limit)
      #expect(rules.map(\.id.rawValue) == [1, 2, 3, 4])
    }
  }
}
