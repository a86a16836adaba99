import CoordinatorCore
import CoordinatorServices
import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

@Suite struct DiffExportTests {
  /// More than one read of a comparison gives.
  private static let endpoints = 7_000

  /// Endpoints of which every other one was open an hour before; the others were found since.
  private func fill(_ api: API) async throws {
    let agent = try await api.enrol("a")
    let (start, found) = (api.clock.now - .seconds(7_200), api.clock.now)
    try await api.context.queue.commit { session in
      try session.insertEndpoints(
        (0..<Self.endpoints).map { number in
          let view = ZoneView(
            zone: ZoneID(1), state: .open, reason: .synAck, isSelfView: false,
            observedAt: number.isMultiple(of: 2) ? start : found, job: nil, agent: agent.id)
          return NewEndpoint(
            host: ChartHost(
              site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0000 + UInt32(number / 100))),
            key: ProtocolPort(.tcp, Port(UInt16(1 + number % 100))),
            summary: EndpointSummary(views: [view], listener: nil, insideAgent: nil, isLoopback: false), views: [view],
            time: view.observedAt)
        })
    }
  }

  private struct Row: Decodable, Equatable {
    var change: String
    var address: String
    var port: Int
    var now: String?
  }

  private func rows(_ answer: API.Answer) throws -> [Row] {
    try answer.body.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Row.self, from: Data($0)) }
  }

  @Test("Every difference comes in one answer, in the order of the pages, in every format")
  func exports() async throws {
    try await API.run { api async throws in
      try await fill(api)
      let sides = "from=1h&kinds=found,not-covered"
      var listed: [Row] = []
      var cursor = ""
      repeat {
        let page: DiffPage = try await api.get("diff?\(sides)&limit=1000\(cursor)").decoded()
        listed += page.rows.map {
          Row(
            change: $0.change, address: $0.address.description, port: $0.port.map { Int($0.rawValue) } ?? 0,
            now: $0.state?.rawValue)
        }
        cursor = page.nextCursor.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty
      #expect(listed.count == Self.endpoints)
      #expect(listed.count { $0.change == "found" } == Self.endpoints / 2)

      let streamed = try await api.get("diff/export?\(sides)")
      #expect(streamed.status == 200 && streamed.contentType == "application/x-ndjson")
      #expect(try rows(streamed) == listed)
      #expect(try await api.get("diff/export?\(sides)&format=json").decoded([Row].self) == listed)
      #expect(try rows(await api.get("diff/export?\(sides)&limit=5001")) == Array(listed.prefix(5_001)))
      #expect(
        try rows(await api.get("diff/export?\(sides)&query=10.0.0.7")) == listed.filter { $0.address == "10.0.0.7" })
      let csv = try await api.get("diff/export?\(sides)&format=csv&columns=port,change&query=10.0.0.3")
      let records = String(decoding: csv.body, as: UTF8.self).split(separator: "\r\n")
      #expect(records.prefix(3) == ["port,change", "1,not-covered", "2,found"] && records.count == 101)
      let none = try await api.get("diff/export?from=1h&kinds=closed&format=json&noHeaders=true")
      #expect(try none.decoded([Row].self).isEmpty)
    }
  }

  @Test("What cannot be asked is refused before anything is answered, and a site's viewer sees that site alone")
  func refuses() async throws {
    try await API.run { api async throws in
      try await fill(api)
      for (parameters, place) in [
        ("", "from"), ("from=1h&format=nmap", "format"), ("from=1h&columns=", "columns"),
        ("from=1h&columns=prot", "columns"), ("from=1h&limit=0", "limit"), ("from=1h&kinds=moved", "kinds"),
        ("from=scan:9", "from"), ("from=now&to=1h", "to"), ("from=1h&query=prot:1", "query"),
      ] {
        let answer = try await api.get("diff/export?\(parameters)")
        #expect(answer.status == 422 || answer.status == 400, "\(parameters): \(answer.status)")
        #expect(try answer.problem().errors?.first?.parameter == place, "\(parameters)")
      }
      #expect(try await api.get("diff/export?from=1h&cursor=x").status == 400)
      #expect(try await api.post("sites", #"{"name":"branch"}"#).status == 201)
      let branch = try await api.token(.viewer, site: "branch")
      let answer = try await api.get("diff/export?from=1h", token: branch)
      #expect(answer.status == 200 && answer.body.isEmpty)
    }
  }
}
