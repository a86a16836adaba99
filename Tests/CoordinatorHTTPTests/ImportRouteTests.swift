import Foundation
import HTTPTypes
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// Foreign scans: who may, what is refused, and that nothing counts twice.
@Suite struct ImportRouteTests {
  private static let digest = String(repeating: "ab", count: 32)

  private func beginning(
    _ more: String = "", digest: String = digest, zone: String = "laptop", hosts: Int = 1
  ) -> String {
    #"{"digest":"\#(digest)","file":"n.xml","scanner":"nmap","zone":"\#(zone)","hostCount":\#(hosts)\#(more)}"#
  }

  private func part(_ state: String = "closed", port: Int = 80, at time: String = "2023-11-14T22:13:20Z") -> String {
    #"{"hosts":[{"address":"10.0.0.1","observedAt":"\#(time)","open":[{"protocol":"tcp","port":22,"reason":"syn-ack"}],"#
      + #""runs":[{"protocol":"tcp","first":\#(port),"last":81,"state":"\#(state)","reason":"conn-refused"}]}]}"#
  }

  @Test("Operators bring files in, of their own site; a file is one import, whoever brings it again")
  func demandsRoles() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("sites", #"{"name":"north"}"#).status == 201)
      let (viewer, operating) = (try await api.token(.viewer), try await api.token(.operating))
      let north = try await api.token(.operating, site: "north")
      let here = #","site":"default""#
      #expect(try await api.post("imports", beginning(here), token: viewer).status == 403)
      #expect(try await api.post("imports", beginning(here), token: north).status == 403)
      let row: ImportRow = try await api.post("imports", beginning(here), token: operating).decoded()
      #expect(row.zone == "laptop" && row.site == "default" && row.finishedAt == nil)
      #expect(try await api.post("imports/\(row.id)/hosts", part(), token: viewer).status == 403)
      #expect(try await api.post("imports/\(row.id)/hosts", part(), token: north).status == 404)
      #expect(try await api.send(.post, "/api/v1/imports/\(row.id)/finish", token: north).status == 404)
      for _ in 0..<2 {
        #expect(try await api.post("imports/\(row.id)/hosts", part(), token: operating).status == 204)
      }
      let whole: ImportRow = try await api.send(.post, "/api/v1/imports/\(row.id)/finish", token: operating).decoded()
      #expect(whole.finishedAt != nil)
      let again: ImportRow = try await api.post("imports", beginning(here)).decoded()
      #expect(again.id == row.id && again.finishedAt == whole.finishedAt)
      let ports: Page<PortRow> = try await api.get("ports").decoded()
      #expect(ports.rows.count == 1)
      #expect(ports.rows.first?.zone == "laptop")
      // What is whole takes nothing more.
      #expect(try await api.post("imports/\(row.id)/hosts", part(port: 22), token: operating).status == 204)
      let same: Page<PortRow> = try await api.get("ports").decoded()
      #expect(same.rows.count == 1)
    }
  }

  @Test("Bad words are refused with their place")
  func refusesFaults() async throws {
    try await API.run { api async throws in
      let faults: [(String, String, String)] = [
        ("imports", beginning(digest: "ab"), "/digest"), ("imports", beginning(zone: "a b/"), "/zone"),
        ("imports", beginning(zone: "default"), "/zone"),
        ("imports", beginning(hosts: -1), "/hostCount"),
        ("imports", beginning(#","arguments":"\u0007""#), "/arguments"),
      ]
      for (path, body, pointer) in faults {
        let answer = try await api.post(path, body)
        #expect([409, 422].contains(answer.status), "\(body)")
        #expect(try answer.problem().errors?.first?.pointer == pointer, "\(body)")
      }
      let row: ImportRow = try await api.post("imports", beginning()).decoded()
      for state in ["open", "unchecked"] {
        let answer = try await api.post("imports/\(row.id)/hosts", part(state))
        #expect(try answer.problem().errors?.first?.pointer == "/hosts/0/runs/0", "\(state)")
      }
      #expect(try await api.post("imports/\(row.id)/hosts", part(port: 90)).status == 422)
      let empty = #"{"address":"10.0.0.1","observedAt":"2023-11-14T22:13:20Z","open":[],"runs":[]}"#
      for (count, pointer) in [(1, "/hosts/0"), (5_001, "/hosts")] {
        let hosts = Array(repeating: empty, count: count).joined(separator: ",")
        let answer = try await api.post("imports/\(row.id)/hosts", #"{"hosts":[\#(hosts)]}"#)
        #expect(answer.status == 422)
        #expect(try answer.problem().errors?.first?.pointer == pointer)
      }
      #expect(try await api.post("imports/7/hosts", part()).status == 404)
      #expect(try await api.post("imports/x/hosts", part()).status == 404)
    }
  }
}
