import CoordinatorCore
import Foundation
import HTTPTypes
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

@Suite struct AuthenticationTests {
  @Test("Without a valid credential there is no answer but 401")
  func demandsTokens() async throws {
    try await API.run { api async throws in
      let agent = try await api.enrol("a")
      for path in ["status", "scans", "ports", "tokens", "agents", "scope"] {
        for header in ["", "Bearer", "Bearer ppa_guessed", "Basic \(api.admin)", "Bearer \(agent.secret)"] {
          let answer = try await api.send(.get, "/api/v1/" + path, headers: [.authorization: header])
          #expect(answer.status == 401, "\(path) with \(header)")
          #expect(try answer.problem().code == .unauthenticated)
        }
      }
      let asAgent = try await api.send(.get, "/agent/v1/clock", token: api.admin)
      #expect(asAgent.status == 401, "an API token is no agent's secret")
      #expect(try await api.send(.get, "/agent/v1/clock", token: agent.secret).status == 200)
    }
  }

  @Test("A role does what it may and no more")
  func demandsRoles() async throws {
    try await API.run { api async throws in
      let viewer = try await api.token(.viewer)
      let operating = try await api.token(.operating)
      let scan = #"{"targets":["127.0.0.1"]}"#
      #expect(try await api.post("scans", scan, token: viewer).status == 403)
      #expect(try await api.post("scans", scan, token: viewer).problem().code == .forbidden)
      #expect(try await api.post("scans", scan, token: operating).status == 201)
      #expect(try await api.send(.post, "/api/v1/scans/1/cancel", token: viewer).status == 403)
      #expect(try await api.get("tokens", token: operating).status == 403)
      #expect(try await api.post("sites", #"{"name":"x"}"#, token: operating).status == 403)
      #expect(try await api.post("tokens", #"{"use":"api","role":"admin"}"#, token: operating).status == 403)
      #expect(try await api.send(.delete, "/api/v1/scope/1", token: operating).status == 403)
      for path in ["status", "scans", "ports", "hosts", "listeners", "sites", "zones", "agents", "scope"] {
        #expect(try await api.get(path, token: viewer).status == 200, "\(path)")
      }
    }
  }

  @Test("A secret is in the answer that makes it, and in no listing ever")
  func showsSecretsOnce() async throws {
    try await API.run { api async throws in
      let issued: IssuedToken = try await api.post("tokens", #"{"use":"join","uses":3}"#).decoded()
      #expect(issued.secret.hasPrefix("ppj_"))
      let agent = try await api.enrol("a")
      for path in ["tokens", "agents", "agents/\(agent.id.rawValue)", "status", "scope", "sites", "zones"] {
        let text = String(decoding: try await api.get(path).body, as: UTF8.self)
        for secret in [issued.secret, agent.secret, api.admin] {
          #expect(!text.contains(secret), "\(path)")
          #expect(!text.contains(secret.dropFirst(4)), "\(path)")
        }
      }
      let tokens: Page<TokenRow> = try await api.get("tokens").decoded()
      #expect(tokens.rows.contains { $0.id == issued.token.id && $0.usesAllowed == 3 })
    }
  }

  @Test("A token for one site sees and does nothing of the others")
  func keepsSitesApart() async throws {
    try await API.run { api async throws in
      #expect(try await api.post("sites", #"{"name":"branch"}"#).status == 201)
      _ = try await api.enrol("home-agent", site: "default")
      _ = try await api.enrol("branch-agent", site: "branch")
      #expect(try await api.post("scans", #"{"targets":["127.0.0.1"],"site":"default"}"#).status == 201)
      let rule = #"{"action":"allow","networks":["192.0.2.0/24"],"name":"home-rule","note":"n","site":"default"}"#
      #expect(try await api.post("scope", rule).status == 201)
      let branch = try await api.token(.operating, site: "branch")

      let scans: Page<ScanRow> = try await api.get("scans", token: branch).decoded()
      #expect(scans.rows.isEmpty)
      #expect(try await api.get("scans/1", token: branch).status == 404)
      #expect(try await api.send(.post, "/api/v1/scans/1/cancel", token: branch).status == 404)
      #expect(try await api.get("agents/1", token: branch).status == 404)
      for path in ["sites", "zones", "agents", "scope", "ports", "hosts", "listeners"] {
        let text = String(decoding: try await api.get(path, token: branch).body, as: UTF8.self)
        #expect(!text.contains("home-") && !text.contains(#""site":"default""#), "\(path): \(text)")
      }
      let elsewhere = try await api.post("scans", #"{"targets":["127.0.0.1"],"site":"default"}"#, token: branch)
      #expect(elsewhere.status == 403)
      let test = try await api.get("scope/test?address=192.0.2.1&site=default", token: branch)
      #expect(test.status == 403)
      let ownTest: ScopeDecision = try await api.get("scope/test?address=192.0.2.1", token: branch).decoded()
      #expect(!ownTest.isAllowed)
      let own = try await api.post("scans", #"{"targets":["127.0.0.1"]}"#, token: branch)
      #expect(own.status == 201, "one's only site need not be named")
      #expect(try own.decoded(SubmissionReceipt.self).scan?.site == "branch")
      let unknown = try await api.post("scans", #"{"targets":["127.0.0.1"],"site":"x"}"#, token: branch)
      #expect(!String(decoding: unknown.body, as: UTF8.self).contains("default"))
      #expect(try await api.post("zones", #"{"name":"z","site":"branch"}"#, token: branch).status == 403)
    }
  }

  @Test("The status tells version, clock and one's own role")
  func tellsStatus() async throws {
    try await API.run { api async throws in
      let status: CoordinatorStatus = try await api.get("status").decoded()
      #expect(status.role == .admin && status.version == "1.2.3" && status.generation == 1)
      #expect(status.now == api.clock.now)
    }
  }
}
