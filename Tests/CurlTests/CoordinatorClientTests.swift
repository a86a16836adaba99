import Synchronization
import Testing
import Wire

@testable import Curl

@Suite struct CoordinatorClientTests {
  /// The coordinator tells a chunk sent again from other content under its number by their octets.
  @Test("The same request is sent in the same octets each time")
  func repetitionsAreIdentical() async throws {
    let bodies = Mutex<[Substring]>([])
    let server = try LoopbackServer { request in
      bodies.withLock { $0.append(request.split(separator: "\r\n").last ?? "") }
      return .bytes(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
    }
    defer { server.stop() }
    let http = try HTTPClient()
    defer { http.shutdown() }
    let client = CoordinatorClient(http: http, url: "http://127.0.0.1:\(server.port)", credential: "x")
    for _ in 0..<20 {
      try await client.post(
        "/x", EnrollRequest(name: "a", installation: "b", version: "c", hostName: "d", operatingSystem: "e"))
    }
    let sent = bodies.withLock { $0 }
    #expect(sent.count == 20)
    #expect(Set(sent).count == 1, "\(Set(sent).prefix(2))")
    #expect(sent.first?.hasPrefix("{") == true)
  }

  @Test(
    "A refusal carries the problem, and how long the coordinator wants to be left alone",
    arguments: [
      ("Retry-After: 5\r\n", Duration.seconds(5)), ("", nil), ("Retry-After: soon\r\n", nil),
      ("Retry-After: -1\r\n", nil), ("Retry-After: Fri, 27 Nov 2026 10:00:00 GMT\r\n", nil),
    ])
  func refusal(header: String, rest: Duration?) async throws {
    let body = """
      {"type":"about:blank","title":"busy","status":503,"detail":"later","code":"overloaded"}
      """
    let server = try LoopbackServer { _ in
      .bytes(
        Array(
          "HTTP/1.1 503 Busy\r\nContent-Type: application/problem+json\r\nContent-Length: \(body.utf8.count)\r\n\(header)\r\n\(body)"
            .utf8))
    }
    defer { server.stop() }
    let http = try HTTPClient()
    defer { http.shutdown() }
    let client = CoordinatorClient(http: http, url: "http://127.0.0.1:\(server.port)", credential: "x")
    let error = await #expect(throws: RefusedRequest.self) {
      let _: AgentStatus = try await client.get("/x")
    }
    #expect(error?.problem.code == .overloaded)
    #expect(error?.retryAfter == rest)
  }
}
