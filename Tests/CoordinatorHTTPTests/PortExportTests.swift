import CoordinatorCore
import CoordinatorServices
import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

@Suite struct PortExportTests {
  private static let ports = 1_000
  private static let addresses = 5

  private func fill(_ api: API) async throws {
    let agent = try await api.enrol("a")
    let record = try #require(try await api.fleet.agent(secret: agent.secret))
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for port in 0..<Self.ports {
      let key = ListenerRecord.Key(
        transport: .tcp, address: .ipv4Unspecified, port: Port(UInt16(20 + port)), interface: "")
      listeners[key] = ListenerContent(
        isIPv6Only: false, uid: nil, user: nil, inode: nil,
        processes: [ListeningProcess(pid: Int32(port + 1), name: "evil \"quoted\",\u{1b}[31m\n")],
        ownerUnknownReason: nil, unit: nil)
    }
    _ = try await ResultService(context: api.context).accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "e", sequence: 1), takenAt: api.clock.now,
        interfaces: (1...Self.addresses).map { number in
          InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0000 + UInt32(number)), prefixLength: 24)
        }, listeners: listeners), from: record)
  }

  private struct Row: Decodable, Equatable {
    var address: String
    var port: Int
    var processes: [ListeningProcess]
  }

  private func lines(_ answer: API.Answer) -> [Data] {
    answer.body.split(separator: UInt8(ascii: "\n")).map { Data($0) }
  }

  @Test("Every row that fits comes in one answer, in the list's order, in every format")
  func exports() async throws {
    try await API.run { api async throws in
      try await fill(api)
      var listed: [Row] = []
      var cursor = ""
      repeat {
        let page: Page<PortRow> = try await api.get("ports?limit=1000\(cursor)").decoded()
        listed += page.rows.map {
          Row(address: $0.address.description, port: Int($0.port.rawValue), processes: $0.processes)
        }
        cursor = page.nextCursor.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty
      #expect(listed.count == Self.ports * Self.addresses)

      let streamed = try await api.get("ports/export")
      #expect(streamed.status == 200 && streamed.contentType == "application/x-ndjson")
      #expect(try lines(streamed).map { try JSONDecoder().decode(Row.self, from: $0) } == listed)
      let array = try await api.get("ports/export?format=json")
      #expect(try array.decoded([Row].self) == listed)
      let few = try await api.get("ports/export?limit=2001&query=net:10.0.0.2-10.0.0.4")
      #expect(lines(few).count == 2_001)
      let csv = try await api.get("ports/export?format=csv&columns=port,address&query=10.0.0.3")
      let records = String(decoding: csv.body, as: UTF8.self).split(separator: "\r\n")
      #expect(records.first == "port,address" && records.count == Self.ports + 1)
      #expect(records.dropFirst().first == "20,10.0.0.3")
      let bare = try await api.get("ports/export?format=csv&columns=port&noHeaders=true&query=port:21")
      #expect(String(decoding: bare.body, as: UTF8.self) == String(repeating: "21\r\n", count: Self.addresses))
      let xml = String(decoding: try await api.get("ports/export?format=nmap").body, as: UTF8.self)
      #expect(xml.contains("<nmaprun") && xml.hasSuffix("</nmaprun>\n"))
      #expect(xml.split(separator: "<port ").count == Self.ports * Self.addresses + 1)
      let none = try await api.get("ports/export?format=json&query=port:9")
      #expect(try none.decoded([Row].self).isEmpty)
    }
  }

  @Test("So many exports run at once, and no more")
  func isBounded() throws {
    let exports = RunningExports(most: 2)
    var places = [try exports.begin(), try exports.begin()]
    #expect(throws: Refusal.self) { _ = try exports.begin() }
    places.removeLast()
    places.append(try exports.begin())
    #expect(throws: Refusal.self) { _ = try exports.begin() }
    #expect(places.count == 2)
  }

  @Test("What cannot be asked is refused before anything is answered, and a site's viewer sees that site alone")
  func refuses() async throws {
    try await API.run { api async throws in
      try await fill(api)
      for (parameters, place) in [
        ("format=xlsx", "format"), ("columns=", "columns"), ("columns=prot", "columns"), ("limit=0", "limit"),
        ("query=prot:1", "query"),
        ("noHeaders=maybe", "noHeaders"), ("asOf=tomorrow", "asOf"),
      ] {
        let answer = try await api.get("ports/export?\(parameters)")
        #expect(answer.status == 422 || answer.status == 400, "\(parameters): \(answer.status)")
        #expect(try answer.problem().errors?.first?.parameter == place, "\(parameters)")
      }
      #expect(try await api.get("ports/export?cursor=x").status == 400)
      #expect(try await api.post("sites", #"{"name":"branch"}"#).status == 201)
      let branch = try await api.token(.viewer, site: "branch")
      let answer = try await api.get("ports/export", token: branch)
      #expect(answer.status == 200 && answer.body.isEmpty)
    }
  }
}
