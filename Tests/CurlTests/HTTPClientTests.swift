import Synchronization
import Testing

@testable import Curl

@Suite struct HTTPClientTests {
  private func with(
    _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(), path: String? = nil,
    answer: @escaping @Sendable (String) -> LoopbackServer.Reply,
    _ body: (HTTPClient, String) async throws -> Void
  ) async throws {
    let server = try LoopbackServer(path: path, answer: answer)
    defer { server.stop() }
    let client = try HTTPClient(configuration)
    defer { client.shutdown() }
    try await body(client, "127.0.0.1:\(server.port)")
  }

  private static func reply(_ text: String) -> LoopbackServer.Reply { .bytes(Array(text.utf8)) }

  private static func failure(_ body: () async throws -> Void) async -> HTTPError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? HTTPError)?.code
    }
  }

  @Test func anAnswerComesWithStatusHeadersAndBody() async throws {
    try await with(answer: { _ in
      Self.reply("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-Two: a\r\nx-two:  b \r\n\r\nbody")
    }) { client, host in
      let response = try await client.send(HTTPRequest(url: "http://\(host)/x"))
      #expect(response.status == 404)
      #expect(response.body == Array("body".utf8))
      #expect(response.headers == ["content-length": "4", "x-two": "a, b"])
    }
  }

  @Test("A good answer's body is handed over as it comes; others are kept")
  func handsOverBodies() async throws {
    try await with(answer: { request in
      let body = String(repeating: "x", count: 100_000)
      let status = request.contains("/good") ? "200 OK" : "500 Oh"
      return Self.reply("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }) { client, host in
      let seen = Mutex(0)
      var request = HTTPRequest(url: "http://\(host)/good", maximumResponseBytes: 10)
      request.onBody = { bytes in
        seen.withLock { $0 += bytes.count }
        return true
      }
      #expect(try await client.send(request).body.isEmpty)
      #expect(seen.withLock { $0 } == 100_000)
      var bad = HTTPRequest(url: "http://\(host)/bad")
      bad.onBody = request.onBody
      let answer = try await client.send(bad)
      #expect(answer.status == 500 && answer.body.count == 100_000)
      #expect(seen.withLock { $0 } == 100_000)
    }
  }

  @Test("Whoever takes a body may end the transfer, and an answer that breaks off is no answer")
  func endsTransfers() async throws {
    try await with(answer: { request in
      let length = request.contains("/short") ? 10 : 4
      return Self.reply("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\nbody")
    }) { client, host in
      for (path, isWanted) in [("whole", false), ("short", true)] {
        var request = HTTPRequest(url: "http://\(host)/\(path)")
        request.onBody = { _ in isWanted }
        let failure = await Self.failure { _ = try await client.send(request) }
        #expect(failure != nil, "\(path)")
      }
    }
  }

  @Test func aRequestIsSentAsWritten() async throws {
    let seen = Mutex("")
    try await with(answer: { request in
      seen.withLock { $0 = request }
      return Self.reply("HTTP/1.1 204 No Content\r\n\r\n")
    }) { client, host in
      let request = HTTPRequest(
        method: "PUT", url: "http://\(host)/api?x=1", headers: [("X-Token", "abc"), ("X-Empty", "")],
        body: Array("{\"a\":1}".utf8))
      let response = try await client.send(request)
      #expect(response.status == 204)
    }
    let text = seen.withLock { $0 }
    #expect(text.hasPrefix("PUT /api?x=1 HTTP/1.1\r\n"))
    #expect(text.contains("\r\nUser-Agent: periplus\r\n") && text.contains("\r\nX-Token: abc\r\n"))
    #expect(text.contains("\r\nX-Empty:\r\n") && text.contains("\r\nContent-Length: 7\r\n"))
    #expect(!text.contains("Expect") && !text.contains("Content-Type"))
    #expect(text.hasSuffix("\r\n\r\n{\"a\":1}"))
  }

  @Test func emptyPostsAndHeadsHaveNoBody() async throws {
    try await with(answer: { request in
      Self.reply("HTTP/1.1 200 OK\r\nX-Method: \(request.prefix { $0 != " " })\r\nContent-Length: 0\r\n\r\n")
    }) { client, host in
      for method in ["GET", "HEAD", "POST", "DELETE"] {
        let response = try await client.send(HTTPRequest(method: method, url: "http://\(host)/"))
        #expect(response.headers["x-method"] == method)
      }
    }
  }

  @Test func redirectsAreAnswersAndInterimAnswersAreNot() async throws {
    try await with(answer: { _ in
      Self.reply(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n")
    }) { client, host in
      let response = try await client.send(HTTPRequest(url: "http://\(host)/"))
      #expect(response.status == 302)
      #expect(response.headers == ["location": "/y", "content-length": "0"])
    }
  }

  @Test func anAnswerOverTheBoundIsRefused() async throws {
    let long = String(repeating: "x", count: 100_000)
    try await with(answer: { request in
      request.hasPrefix("GET /header")
        ? Self.reply("HTTP/1.1 200 OK\r\nX-Long: \(long)\r\n\r\n") : Self.reply("HTTP/1.1 200 OK\r\n\r\n\(long)")
    }) { client, host in
      for path in ["body", "header"] {
        let request = HTTPRequest(url: "http://\(host)/\(path)", maximumResponseBytes: 99_999)
        #expect(await Self.failure { _ = try await client.send(request) } == .tooLarge, "\(path)")
      }
      let response = try await client.send(HTTPRequest(url: "http://\(host)/body", maximumResponseBytes: 100_000))
      #expect(response.body.count == 100_000)
    }
  }

  @Test func silenceTimesOut() async throws {
    try await with(answer: { _ in .silence }) { client, host in
      let request = HTTPRequest(url: "http://\(host)/", timeout: .milliseconds(50))
      #expect(await Self.failure { _ = try await client.send(request) } == .timedOut)
    }
  }

  @Test func aClosedPortAndAWrongProtocolAreToldApart() async throws {
    let server = try LoopbackServer { _ in .silence }
    let port = server.port
    server.stop()
    let client = try HTTPClient()
    defer { client.shutdown() }
    #expect(
      await Self.failure { _ = try await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)/")) }
        == .couldNotConnect)
    for url in ["ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", ""] {
      #expect(await Self.failure { _ = try await client.send(HTTPRequest(url: url)) } == .other, "\(url)")
    }
  }

  @Test func textThatWouldForgeAFieldIsRefused() async throws {
    let client = try HTTPClient()
    defer { client.shutdown() }
    for field in [("X", "a\r\nY: b"), ("X\r\nY", "b"), ("X: y", "z"), ("", "z"), ("X", "\u{0}")] {
      let request = HTTPRequest(url: "http://127.0.0.1:9/", headers: [field])
      #expect(await Self.failure { _ = try await client.send(request) } == .other)
    }
    let method = HTTPRequest(method: "GET /x", url: "http://127.0.0.1:9/")
    #expect(await Self.failure { _ = try await client.send(method) } == .other)
  }

  @Test func tlsWithoutATrustedPeerFails() async throws {
    try await with(answer: { _ in Self.reply("no tls here\r\n") }) { client, host in
      #expect(await Self.failure { _ = try await client.send(HTTPRequest(url: "https://\(host)/")) } == .tls)
    }
    let missing = HTTPClientConfiguration(caFile: "/nonexistent/ca.pem")
    try await with(missing, answer: { _ in .silence }) { client, host in
      #expect(await Self.failure { _ = try await client.send(HTTPRequest(url: "https://\(host)/")) } == .tls)
    }
  }

  @Test func aUnixSocketIsReached() async throws {
    let path = "/tmp/periplus-curl-\(UInt64.random(in: 0...UInt64.max)).sock"
    try await with(
      HTTPClientConfiguration(unixSocket: path), path: path,
      answer: { _ in Self.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    ) { client, _ in
      let response = try await client.send(HTTPRequest(url: "http://local/"))
      #expect(response.body == Array("ok".utf8))
    }
  }

  @Test func cancellingTheTaskEndsTheTransfer() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    try await with(answer: { _ in
      arrived.yield()
      return .silence
    }) { client, host in
      let task = Task { try await client.send(HTTPRequest(url: "http://\(host)/", timeout: .seconds(600))) }
      for await _ in arrivals { break }
      task.cancel()
      #expect(await Self.failure { _ = try await task.value } == .cancelled)
    }
  }

  @Test func aTaskCancelledBeforehandIsResumedToo() async throws {
    try await with(answer: { _ in .silence }) { client, host in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.send(HTTPRequest(url: "http://\(host)/", timeout: .seconds(600)))
      }
      #expect(await Self.failure { _ = try await task.value } == .cancelled)
    }
  }

  @Test func shutdownEndsWhatIsUnderWayAndRefusesWhatComes() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    try await with(answer: { _ in
      arrived.yield()
      return .silence
    }) { client, host in
      let task = Task { try await client.send(HTTPRequest(url: "http://\(host)/", timeout: .seconds(600))) }
      for await _ in arrivals { break }
      client.shutdown()
      client.shutdown()
      #expect(await Self.failure { _ = try await task.value } == .cancelled)
      #expect(await Self.failure { _ = try await client.send(HTTPRequest(url: "http://\(host)/")) } == .cancelled)
    }
  }

  @Test func everyOneOfManyRequestsIsAnsweredOnce() async throws {
    try await with(answer: { request in
      let path = request.split(separator: " ")[1]
      return Self.reply("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\nConnection: close\r\n\r\n\(path)")
    }) { client, host in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<200 {
          group.addTask {
            let request = HTTPRequest(url: "http://\(host)/\(number)")
            // Every third is cancelled at some moment: it is answered or cancelled, never forgotten.
            guard number % 3 == 0 else { return try await client.send(request).body == Array("/\(number)".utf8) }
            let task = Task { try await client.send(request) }
            task.cancel()
            return await [nil, .cancelled].contains(Self.failure { _ = try await task.value })
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }
}
