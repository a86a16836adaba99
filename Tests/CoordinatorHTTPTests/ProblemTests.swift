import Foundation
import Gzip
import HTTPTypes
import Testing
import Wire

@testable import CoordinatorHTTP

/// Every refusal is `application/problem+json` with a stable code and, where a field is at fault, a pointer to it.
@Suite struct ProblemTests {
  @Test("A body of another content type is refused")
  func refusesContentTypes() async throws {
    try await API.run { api async throws in
      let body = Array(#"{"targets":["127.0.0.1"]}"#.utf8)
      for headers: HTTPFields in [[:], [.contentType: "text/plain"], [.contentType: "application/jsonx"]] {
        let answer = try await api.send(.post, "/api/v1/scans", octets: body, headers: headers)
        #expect(answer.status == 415)
        #expect(try answer.problem().code == .wrongContentType)
      }
      let good = try await api.send(
        .post, "/api/v1/scans", octets: body, headers: [.contentType: "Application/JSON; charset=utf-8"])
      #expect(good.status == 201)
      let encoded = try await api.send(
        .post, "/api/v1/scans", octets: body, headers: [.contentType: "application/json", .contentEncoding: "br"])
      #expect(encoded.status == 415)
    }
  }

  @Test(
    "What is not JSON is a bad request",
    arguments: ["", "{", "targets", #"{"targets":["127.0.0.1"]"#, "\u{0}", #"{"targets":["127.0.0.1"]} x"#])
  func refusesBadJSON(body: String) async throws {
    try await API.run { api async throws in
      let answer = try await api.post("scans", body)
      #expect(answer.status == 400)
      #expect(try answer.problem().code == .badRequest)
    }
  }

  @Test(
    "A field at fault is pointed at",
    arguments: [
      (#"{"targets":["127.0.0.1"],"colour":1}"#, 400, ProblemCode.unknownField, "/colour"),
      (#"{"targets":["127.0.0.1"],"a/b~c":1}"#, 400, .unknownField, "/a~1b~0c"),
      (#"{"targets":"127.0.0.1"}"#, 422, .invalidValue, "/targets"),
      (#"{"targets":["127.0.0.1",5]}"#, 422, .invalidValue, "/targets/1"),
      (#"{"targets":["127.0.0.1"],"rate":"fast"}"#, 422, .invalidValue, "/rate"),
      (#"{"targets":["127.0.0.1"],"rate":0}"#, 422, .invalidValue, "/rate"),
      (#"{"targets":["127.0.0.1"],"timing":6}"#, 422, .invalidValue, "/timing"),
      (#"{"targets":["127.0.0.1"],"priority":101}"#, 422, .invalidValue, "/priority"),
      (#"{"targets":["127.0.0.1"],"maximumSeconds":0}"#, 422, .invalidValue, "/maximumSeconds"),
      (#"{"targets":["127.0.0.1"],"name":"a b"}"#, 422, .invalidValue, "/name"),
      (#"{"targets":["127.0.0.1"],"site":"x"}"#, 422, .invalidValue, "/site"),
      (#"{"targets":["127.0.0.1"],"zones":["x"]}"#, 422, .invalidValue, "/zones/0"),
      (#"{}"#, 422, .invalidValue, "/targets"), (#"{"targets":[]}"#, 422, .invalidValue, "/targets"),
      (#"{"targets":null}"#, 422, .invalidValue, "/targets"), ("[]", 422, .invalidValue, ""),
      (#"{"targets":["127.0.0.1","10.0.0.300"]}"#, 422, .invalidValue, "/targets/1"),
      (#"{"targets":["127.0.0.1"],"ports":"22,x:"}"#, 422, .invalidValue, "/ports"),
      (#"{"targets":["127.0.0.1"],"ports":"U:53"}"#, 422, .invalidValue, "/ports"),
      (#"{"targets":["127.0.0.1"],"ports":"22","excludedPorts":"22"}"#, 422, .invalidValue, "/ports"),
      (#"{"targets":["127.0.0.1"],"exclusions":["127.0.0.0/8"]}"#, 422, .invalidValue, "/targets"),
      (#"{"targets":["nosuch.example"]}"#, 422, .invalidValue, "/targets"),
      (#"{"targets":["127.0.0.1"],"exclusions":["nosuch.example"]}"#, 422, .invalidValue, "/exclusions"),
    ] as [(String, Int, ProblemCode, String)])
  func pointsAtFields(body: String, status: Int, code: ProblemCode, pointer: String) async throws {
    try await API.run { api async throws in
      let answer = try await api.post("scans", body)
      #expect(answer.status == status)
      let problem = try answer.problem()
      #expect(problem.code == code && problem.status == status)
      #expect(problem.errors?.map(\.pointer) == [pointer])
      #expect(!problem.detail.isEmpty && !problem.detail.contains("Swift"))
      let scans: Page<ScanRow> = try await api.get("scans").decoded()
      #expect(scans.rows.isEmpty, "a refusal changes nothing")
    }
  }

  @Test("What the scope forbids is named by its own code")
  func refusesOutOfScope() async throws {
    try await API.run { api async throws in
      let answer = try await api.post("scans", #"{"targets":["192.0.2.1"]}"#)
      #expect(answer.status == 403)
      let problem = try answer.problem()
      #expect(problem.code == .outOfScope)
      #expect(problem.errors?.first?.pointer == "/targets")
    }
  }

  @Test("More than 2^40 probes ask for consent")
  func asksForConsent() async throws {
    try await API.run { api async throws in
      let refused = try await api.post("scans", #"{"targets":["fd00::/88"],"ports":"1-2"}"#)
      #expect(refused.status == 409)
      #expect(try refused.problem().code == .confirmationNeeded)
      #expect(try await api.post("scans", #"{"targets":["fd00::/88"],"ports":"1"}"#).status == 201)
      let meant = try await api.post("scans", #"{"targets":["fd00::/88"],"ports":"1-2","isConfirmed":true}"#)
      #expect(meant.status == 201)
      #expect(try meant.decoded(SubmissionReceipt.self).probes == "2199023255552")
    }
  }

  @Test("Ids and paths that name nothing are not found")
  func findsNothing() async throws {
    try await API.run { api async throws in
      for path in ["scans/99", "scans/job:1", "scans/x", "agents/99", "agents/0", "nothing"] {
        let answer = try await api.get(path)
        #expect(answer.status == 404, "\(path)")
        #expect(try answer.problem().code == .notFound)
      }
      for path in ["tokens/99", "scope/99", "agents/99"] {
        let answer = try await api.send(.delete, "/api/v1/" + path)
        #expect(answer.status == 404, "\(path)")
        #expect(try answer.problem().code == .notFound)
      }
      #expect(try await api.send(.post, "/api/v1/scans/99/cancel").status == 404)
    }
  }

  @Test("Query parameters that are not known, or cannot be read, are named")
  func refusesParameters() async throws {
    try await API.run { api async throws in
      let cases = [
        ("scans?colour=red", 400, ProblemCode.unknownField, "colour"), ("scans?limit=0", 422, .invalidValue, "limit"),
        ("scans?limit=1001", 422, .invalidValue, "limit"), ("scans?cursor=%21", 422, .invalidValue, "cursor"),
        ("ports?cursor=YWJj", 422, .invalidValue, "cursor"), ("hosts?cursor=x", 422, .invalidValue, "cursor"),
        ("listeners?cursor=YWJj", 422, .invalidValue, "cursor"),
        ("ports?query=colour:red", 422, .invalidValue, "query"), ("ports?state=open", 400, .unknownField, "state"),
        ("scope/test?address=x", 422, .invalidValue, "address"),
        ("scope/test?address=127.0.0.1&port=65536", 422, .invalidValue, "port"),
      ]
      for (path, status, code, parameter) in cases {
        let answer = try await api.get(path)
        #expect(answer.status == status, "\(path)")
        let problem = try answer.problem()
        #expect(problem.code == code, "\(path)")
        #expect(problem.errors?.map(\.parameter) == [parameter], "\(path)")
      }
    }
  }

  @Test("A body beyond its bound is refused, before and after inflating")
  func boundsBodies() async throws {
    try await API.run { api async throws in
      let large = [UInt8](repeating: 0x20, count: WireLimits.bodyBytes + 1)
      let json: HTTPFields = [.contentType: "application/json"]
      let plain = try await api.send(.post, "/api/v1/scans", octets: large, headers: json)
      #expect(plain.status == 413)
      #expect(try plain.problem().code == .bodyTooLarge)
      let bomb = try Gzip.compress([UInt8](repeating: 0x20, count: WireLimits.inflatedBodyBytes + 1))
      #expect(bomb.count < WireLimits.bodyBytes)
      var zipped = json
      zipped[.contentEncoding] = "gzip"
      let inflated = try await api.send(.post, "/api/v1/scans", octets: bomb, headers: zipped)
      #expect(inflated.status == 413)
      #expect(try inflated.problem().code == .bodyTooLarge)
      let good = try Gzip.compress(Array(#"{"targets":["127.0.0.1"]}"#.utf8))
      #expect(try await api.send(.post, "/api/v1/scans", octets: good, headers: zipped).status == 201)
      let torn = try await api.send(.post, "/api/v1/scans", octets: Array(good.dropLast(4)), headers: zipped)
      #expect(torn.status == 400)
    }
  }
}
