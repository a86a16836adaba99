import Foundation
import HTTPTypes
import HummingbirdTesting
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// Schedules and blackouts: who may, what is refused, and pages.
@Suite struct ScheduleRouteTests {
  private func schedule(_ name: String, more: String = "", scan: String = "") -> String {
    #"{"name":"\#(name)","cron":"@yearly","scan":{"targets":["127.0.0.1"],"ports":"80"\#(scan)}\#(more)}"#
  }

  @Test("Viewers look, operators change, and only an admin with a reason scans in blackouts, by whichever door")
  func demandsRoles() async throws {
    try await API.run { api async throws in
      let (viewer, operating) = (try await api.token(.viewer), try await api.token(.operating))
      #expect(try await api.post("schedules", schedule("a"), token: viewer).status == 403)
      #expect(try await api.post("schedules", schedule("a"), token: operating).status == 201)
      for path in ["schedules", "schedules/1", "schedules/1/next", "schedules/1/runs", "schedules/lint", "blackouts"] {
        #expect(try await api.get(path, token: viewer).status == 200, "\(path)")
      }
      for verb in ["run", "pause", "resume"] {
        #expect(try await api.post("schedules/1/\(verb)", "{}", token: viewer).status == 403, "\(verb)")
      }
      #expect(try await api.send(.delete, "/api/v1/schedules/1", token: viewer).status == 403)
      let window = #"{"name":"b","cron":"0 1 * * *","durationSeconds":60}"#
      #expect(try await api.post("blackouts", window, token: viewer).status == 403)
      #expect(try await api.post("blackouts", window, token: operating).status == 201)
      #expect(try await api.send(.delete, "/api/v1/blackouts/1", token: viewer).status == 403)
      let free = (
        schedule("free", scan: #","ignoresBlackouts":true"#),
        schedule("free", scan: #","ignoresBlackouts":true,"note":"why""#)
      )
      for (path, wrap) in [("schedules", { $0 }), ("apply", { #"{"schedules":[\#($0)]}"# })]
        as [(String, (String) -> String)]
      {
        #expect(try await api.post(path, wrap(free.1), token: operating).status == 403, "\(path)")
        let refused = try await api.post(path, wrap(free.0))
        #expect(refused.status == 422, "\(path)")
        #expect(try refused.problem().errors?.first?.pointer?.hasSuffix("/scan/note") == true, "\(path)")
        #expect(try await api.post(path, wrap(free.1)).status < 300, "\(path)")
      }
    }
  }

  @Test("A token for one site sees and changes what is there, and nothing is planned of others for it")
  func keepsToSites() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("sites", #"{"name":"north"}"#).status == 201)
      let north = try await api.token(.operating, site: "north")
      #expect(try await api.post("schedules", schedule("d", scan: #","site":"default""#)).status == 201)
      #expect(try await api.post("schedules", schedule("n"), token: north).status == 201)
      #expect(try await api.post("schedules", schedule("x", scan: #","site":"default""#), token: north).status == 403)
      let page: Page<ScheduleRow> = try await api.get("schedules", token: north).decoded()
      #expect(page.rows.map(\.name) == ["n"])
      for path in ["schedules/1", "schedules/1/runs", "schedules/1/next"] {
        #expect(try await api.get(path, token: north).status == 404, "\(path)")
      }
      #expect(try await api.send(.delete, "/api/v1/schedules/1", token: north).status == 404)
      for id in [1, 2] { #expect(try await api.post("schedules/\(id)/pause", "{}").status == 200) }
      let remarks: Page<ScheduleRemark> = try await api.get("schedules/lint", token: north).decoded()
      #expect(remarks.rows.map(\.name) == ["n"])
      let all: Page<ScheduleRemark> = try await api.get("schedules/lint").decoded()
      #expect(all.rows.count == 2)
    }
  }

  @Test("Bad words are refused with their place")
  func refusesFaults() async throws {
    try await API.run { api async throws in
      let faults: [(String, String, String)] = [
        ("schedules", #"{"name":"a","cron":"61 * * * *","scan":{"targets":["127.0.0.1"]}}"#, "/cron"),
        (
          "schedules", #"{"name":"a","cron":"@daily","timeZone":"Mars/X","scan":{"targets":["127.0.0.1"]}}"#,
          "/timeZone"
        ),
        ("schedules", schedule("a", more: #","catchUpSeconds":-1"#), "/catchUpSeconds"),
        ("schedules", schedule("a", more: #","expiresAt":"2001-01-01T00:00:00Z""#), "/expiresAt"),
        ("schedules", schedule("a", scan: #","rate":0"#), "/scan/rate"),
        ("blackouts", #"{"name":"b","cron":"@daily"}"#, "/durationSeconds"),
        ("blackouts", #"{"name":"b","from":"2027-01-01T00:00:00Z"}"#, "/from"),
        ("blackouts", #"{"name":"b","cron":"@daily","durationSeconds":99999999}"#, "/durationSeconds"),
        ("apply", #"{"schedules":[{"name":"a","cron":"x","scan":{"targets":["127.0.0.1"]}}]}"#, "/schedules/0/cron"),
        (
          "apply", #"{"blackouts":[\#(Array(repeating: #"{"name":"b"}"#, count: 1_001).joined(separator: ","))]}"#,
          "/blackouts"
        ),
      ]
      for (path, body, pointer) in faults {
        let answer = try await api.post(path, body)
        #expect(answer.status == 422, "\(path) \(body.prefix(100))")
        #expect(try answer.problem().errors?.first?.pointer?.hasPrefix(pointer) == true, "\(path) \(body.prefix(100))")
      }
      #expect(try await api.get("schedules/7").status == 404)
      #expect(try await api.get("schedules/x").status == 404)
      #expect(try await api.post("schedules", schedule("a")).status == 201)
      #expect(try await api.post("schedules", schedule("a")).status == 409)
      #expect(try await api.get("schedules/1/runs?limit=0").status == 422)
      #expect(try await api.get("schedules/1/runs?cursor=x").status == 422)
      #expect(try await api.get("schedules/1/next?from=soon").status == 422)
    }
  }

  @Test("Runs come in pages, newest first, each once")
  func pages() async throws {
    try await API.run { api async throws in
      _ = try await api.post("schedules", schedule("a", more: #","overlap":"replace""#))
      for _ in 0..<7 {
        #expect(try await api.post("schedules/1/run", "{}").status == 201)
        api.clock.advance(by: .seconds(1))
      }
      var seen: [Timestamp] = []
      var path = "schedules/1/runs?limit=3"
      while true {
        let page: Page<ScheduleRunRow> = try await api.get(path).decoded()
        #expect(page.rows.count <= 3)
        seen += page.rows.map(\.slot)
        guard let cursor = page.nextCursor else { break }
        path = "schedules/1/runs?limit=3&cursor=\(cursor)"
      }
      #expect(seen.count == 7)
      #expect(seen == seen.sorted(by: >))
    }
  }
}
