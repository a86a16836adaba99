import HTTPTypes
import Hummingbird
import Testing

@testable import CoordinatorHTTP

@Suite struct ApartResponderTests {
  private enum Local { @TaskLocal static var word = "" }

  private struct Fault: Error {}

  private static var request: Request {
    Request(head: HTTPRequest(method: .get, scheme: "http", authority: "c", path: "/"), body: .init(buffer: .init()))
  }

  private static func task() -> Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }

  @Test("A request is answered in another task than its connection's, with what that knows")
  func apart() async throws {
    let responder = ApartResponder(
      CallbackResponder<Int> { _, context in
        Response(status: .ok, headers: [.eTag: "\(Self.task()) \(Local.word) \(context)"])
      })
    let response = try await Local.$word.withValue("known") {
      try await responder.respond(to: Self.request, context: 7)
    }
    let words = try #require(response.headers[.eTag]).split(separator: " ")
    #expect(words.dropFirst() == ["known", "7"])
    #expect(words.first.map(String.init) != "\(Self.task())")
  }

  @Test("Errors come through, and the end of the connection's task ends the request's", .timeLimit(.minutes(10)))
  func ends() async throws {
    let failing = ApartResponder(CallbackResponder<Int> { _, _ in throw Fault() })
    await #expect(throws: Fault.self) { _ = try await failing.respond(to: Self.request, context: 0) }
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let waiting = ApartResponder(
      CallbackResponder<Int> { _, _ in
        begin.finish()
        try await Task.sleep(for: .seconds(3_600))
        return Response(status: .ok)
      })
    let connection = Task { try await waiting.respond(to: Self.request, context: 0).status }
    // Not before the request is under way: one that is cancelled earlier waits for nothing anyway.
    for await _ in begun {}
    connection.cancel()
    await #expect(throws: CancellationError.self) { _ = try await connection.value }
  }
}
