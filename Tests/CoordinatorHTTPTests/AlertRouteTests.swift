import Foundation
import HTTPTypes
import HummingbirdTesting
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// Receivers, alerts, deliveries and the feed: who may, what is refused, and pages.
@Suite struct AlertRouteTests {
  private static let receiver = #"{"name":"log","kind":"syslog"}"#

  private func alert(_ name: String, _ more: String = "") -> String {
    #"{"name":"\#(name)","receivers":["log"]\#(more)}"#
  }

  @Test("Only an admin of every site changes them; viewers of every site see receivers and deliveries, without secrets")
  func demandsRoles() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("sites", #"{"name":"north"}"#).status == 201)
      let north = try await api.token(.admin, site: "north")
      let (viewer, operating) = (try await api.token(.viewer), try await api.token(.operating))
      for token in [north, viewer, operating] {
        #expect(try await api.post("receivers", Self.receiver, token: token).status == 403)
        #expect(try await api.post("apply", #"{"receivers":[\#(Self.receiver)]}"#, token: token).status == 403)
      }
      #expect(try await api.post("receivers", Self.receiver).status == 201)
      let hook =
        #"{"name":"hook","kind":"webhook","url":"https://hooks.example.org/of-many-secrets","token":"hidden-too"}"#
      #expect(try await api.post("receivers", hook).status == 201)
      for token in [north, viewer, operating] {
        #expect(try await api.post("alerts", alert("a"), token: token).status == 403)
      }
      #expect(try await api.post("alerts", alert("all")).status == 201)
      #expect(try await api.post("alerts", alert("d", #","site":"default""#)).status == 201)
      for path in ["receivers", "receivers/1", "deliveries"] {
        #expect(try await api.get(path, token: viewer).status == 200, "\(path)")
        #expect(try await api.get(path, token: north).status == 403, "\(path)")
      }
      for path in ["receivers", "receivers/2", "export"] {
        let text = String(decoding: try await api.get(path).body, as: UTF8.self)
        for secret in ["of-many-secrets", "hidden-too", "whsec_"] { #expect(!text.contains(secret), "\(path)") }
      }
      // An alert of another site is none of its business; one of every site concerns it.
      let seen: Page<AlertRow> = try await api.get("alerts", token: north).decoded()
      #expect(seen.rows.map(\.name) == ["all"])
      #expect(try await api.get("alerts/2", token: north).status == 404)
      for path in ["alerts/1/test", "receivers/1/test"] {
        #expect(try await api.post(path, "{}", token: operating).status == 403, "\(path)")
      }
      #expect(try await api.send(.delete, "/api/v1/alerts/1", token: operating).status == 403)
      #expect(try await api.send(.delete, "/api/v1/receivers/1", token: operating).status == 403)
      #expect(try await api.post("deliveries/1/replay", "{}", token: viewer).status == 403)
    }
  }

  @Test("Bad words are refused with their place")
  func refusesFaults() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("receivers", Self.receiver).status == 201)
      let faults: [(String, String, String)] = [
        ("receivers", #"{"kind":"syslog"}"#, "/name"), ("receivers", #"{"name":"x"}"#, "/kind"),
        ("receivers", #"{"name":"x","kind":"pigeon"}"#, "/kind"),
        ("receivers", #"{"name":"x","kind":"webhook","url":"ftp://x"}"#, "/url"),
        ("receivers", #"{"name":"x","kind":"webhook","url":"http://u:p@x/"}"#, "/url"),
        ("receivers", #"{"name":"x","kind":"syslog","url":"http://x"}"#, "/url"),
        ("receivers", #"{"name":"x","kind":"email","url":"smtp://x","from":"a@b","to":["no address"]}"#, "/to/0"),
        ("alerts", #"{"name":"x"}"#, "/receivers"), ("alerts", #"{"name":"x","receivers":["nobody"]}"#, "/receivers/0"),
        ("alerts", alert("x", #","kinds":["opend"]"#), "/kinds/0"),
        ("alerts", alert("x", #","query":"port:""#), "/query"),
        ("alerts", alert("x", #","severity":"loud""#), "/severity"),
        ("alerts", alert("x", #","waitSeconds":-1"#), "/waitSeconds"),
        ("alerts", alert("x", #","quietHours":"22:00""#), "/quietHours"),
        ("alerts", alert("x", #","quietHours":"22:00-06:00 Mars/Olympus""#), "/quietHours"),
        ("alerts", alert("x", #","certificateDays":30"#), "/certificateDays"),
        ("alerts", alert("x", #","kinds":["certificate-expiring"],"certificateDays":366"#), "/certificateDays"),
        ("apply", #"{"alerts":[{"name":"x","receivers":["nobody"]}]}"#, "/alerts/0/receivers/0"),
      ]
      for (path, body, pointer) in faults {
        let answer = try await api.post(path, body)
        #expect(answer.status == 422, "\(path) \(body)")
        #expect(try answer.problem().errors?.first?.pointer?.hasPrefix(pointer) == true, "\(path) \(body)")
      }
      for path in ["alerts/7", "receivers/7", "deliveries/7", "alerts/x"] {
        #expect(try await api.get(path).status == 404, "\(path)")
      }
      #expect(try await api.get("deliveries?state=lost").status == 422)
      #expect(try await api.post("receivers", Self.receiver).status == 409)
      #expect(try await api.post("alerts", alert("x")).status == 201)
      #expect(try await api.send(.delete, "/api/v1/receivers/1").status == 409, "an alert sends to it")
    }
  }

  @Test("Days before a certificate's end can be taken away again, and go with the kind that they are about")
  func clearsCertificateDays() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("receivers", Self.receiver).status == 201)
      let kinds = #","kinds":["certificate-expiring","opened"],"certificateDays":30"#
      let made: AlertRow = try await api.post("alerts", alert("c", kinds)).decoded()
      #expect(made.certificateDays == 30)
      func edit(_ body: String) async throws -> AlertRow {
        try await api.send(
          .put, "/api/v1/alerts/1", octets: Array(body.utf8), headers: [.contentType: "application/json"]
        ).decoded()
      }
      #expect(try await edit(#"{"certificateDays":0}"#).certificateDays == nil)
      #expect(try await edit(#"{"certificateDays":7}"#).certificateDays == 7)
      #expect(try await edit(#"{"kinds":["opened"]}"#).certificateDays == nil)
    }
  }

  @Test("Deliveries come in pages, newest first, each once, and by their state")
  func pages() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("receivers", Self.receiver).status == 201)
      #expect(try await api.post("alerts", alert("a")).status == 201)
      for _ in 0..<7 { #expect(try await api.post("alerts/1/test", "{}").status == 200) }
      var seen: [Int64] = []
      var path = "deliveries?limit=3&state=pending"
      while true {
        let page: Page<DeliveryRow> = try await api.get(path).decoded()
        #expect(page.rows.count <= 3)
        seen += page.rows.map(\.id.rawValue)
        guard let cursor = page.nextCursor else { break }
        path = "deliveries?limit=3&state=pending&cursor=\(cursor)"
      }
      #expect(seen == [7, 6, 5, 4, 3, 2, 1])
      let none: Page<DeliveryRow> = try await api.get("deliveries?state=dead").decoded()
      #expect(none.rows.isEmpty)
    }
  }

  @Test("Feed readers are asked for a password, and give a token as one")
  func asksFeedReaders() async throws {
    try await API.run { api async throws in
      let viewer = try await api.token(.viewer)
      let basic = "Basic " + Data("reader:\(viewer)".utf8).base64EncodedString()
      #expect(try await api.send(.get, "/api/v1/changes/feed", headers: [.authorization: basic]).status == 200)
      #expect(try await api.send(.get, "/api/v1/changes", headers: [.authorization: basic]).status == 401)
      let challenge = try await api.client.execute(uri: "/api/v1/changes/feed", method: .get) { response in
        response.headers[.wwwAuthenticate] ?? ""
      }
      #expect(challenge.contains("Basic realm="))
    }
  }
}
