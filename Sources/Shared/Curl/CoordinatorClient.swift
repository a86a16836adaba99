internal import FoundationEssentials
internal import Gzip
package import Wire

/// Speaks JSON with a coordinator: requests as Wire's types, problems as errors.
package struct CoordinatorClient: Sendable {
  private let http: HTTPClient
  private let baseURL: String
  private let credential: String?
  private let fields: [(name: String, value: String)]

  /// `url` is the coordinator's, without a path; the credential is sent as `Authorization: Bearer`, the fields besides.
  package init(http: HTTPClient, url: String, credential: String?, fields: [(name: String, value: String)] = []) {
    self.fields = fields
    self.http = http
    baseURL = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.credential = credential
  }

  /// Sends a request without a body and reads the answer.
  ///
  /// Throws a `RefusedRequest` for an answer that is a problem, an `HTTPError` when no answer came or it cannot be read.
  nonisolated(nonsending) package func get<Answer: Decodable>(
    _ path: String, query: [(name: String, value: String)] = [], timeout: Duration = .seconds(30)
  ) async throws -> Answer {
    try decode(await send("GET", path, query: query, body: nil, timeout: timeout))
  }

  /// Hands the answer's octets to `body` as they come, on the client's own thread, which waits meanwhile; false ends the transfer.
  /// `silence` is the longest time without any.
  ///
  /// Throws as `get`; an `HTTPError` too when the answer ends before it is whole, or `body` has ended it.
  nonisolated(nonsending) package func stream(
    _ path: String, query: [(name: String, value: String)] = [], silence: Duration = .seconds(120),
    _ body: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool
  ) async throws {
    _ = try await send("GET", path, query: query, body: nil, timeout: silence, onBody: body)
  }

  nonisolated(nonsending) package func post<Answer: Decodable>(
    _ path: String, _ body: some WireRequest, timeout: Duration = .seconds(30)
  ) async throws -> Answer {
    try decode(await send("POST", path, query: [], body: try Self.octets(of: body), timeout: timeout))
  }

  nonisolated(nonsending) package func put<Answer: Decodable>(_ path: String, _ body: some WireRequest) async throws
    -> Answer
  {
    try decode(await send("PUT", path, query: [], body: try Self.octets(of: body), timeout: .seconds(30)))
  }

  /// For routes that take no body and answer with one.
  nonisolated(nonsending) package func post<Answer: Decodable>(_ path: String) async throws -> Answer {
    try decode(await send("POST", path, query: [], body: Data(), timeout: .seconds(30)))
  }

  /// For routes that answer with nothing.
  nonisolated(nonsending) package func post(_ path: String, _ body: some WireRequest) async throws {
    _ = try await send("POST", path, query: [], body: try Self.octets(of: body), timeout: .seconds(30))
  }

  nonisolated(nonsending) package func delete(_ path: String) async throws {
    _ = try await send("DELETE", path, query: [], body: nil, timeout: .seconds(30))
  }

  /// A request sent again must be the same octets: by them the coordinator knows a repetition. Without sorted keys the
  /// encoder writes them in the order of a dictionary, which is another one each time.
  private static func octets(of body: some WireRequest) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(body)
  }

  private func decode<Answer: Decodable>(_ response: HTTPResponse) throws -> Answer {
    do {
      return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    } catch {
      throw HTTPError(
        code: .other, message: "the coordinator's answer cannot be read; are both programs of one version?")
    }
  }

  /// Smaller bodies gain nothing from packing.
  private static let gzipThreshold = 1_400

  nonisolated(nonsending) private func send(
    _ method: String, _ path: String, query: [(name: String, value: String)], body: Data?, timeout: Duration,
    onBody: (@Sendable (UnsafeRawBufferPointer) -> Bool)? = nil
  ) async throws -> HTTPResponse {
    var headers = [(name: "Accept", value: onBody == nil ? "application/json" : "*/*")]
    if let credential { headers.append(("Authorization", "Bearer \(credential)")) }
    headers += fields
    var octets = body.map { Array($0) } ?? []
    if !octets.isEmpty { headers.append(("Content-Type", "application/json")) }
    if octets.count > Self.gzipThreshold {
      octets = try Gzip.compress(octets)
      headers.append(("Content-Encoding", "gzip"))
    }
    let parameters = query.map { "\($0.name)=\(Self.escaped($0.value))" }.joined(separator: "&")
    var request = HTTPRequest(
      method: method, url: baseURL + path + (parameters.isEmpty ? "" : "?" + parameters), headers: headers,
      body: octets, timeout: timeout)
    request.onBody = onBody
    let response = try await http.send(request)
    guard (200..<300).contains(response.status) else { throw Self.problem(response) }
    return response
  }

  private static func problem(_ response: HTTPResponse) -> any Error {
    if let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body)) {
      return RefusedRequest(problem, headers: response.headers)
    }
    return HTTPError(
      code: .other,
      message: "status \(response.status) without an explanation; is this address a Periplus coordinator?")
  }

  /// Percent-encodes all but the unreserved characters of RFC 3986, 2.3.
  private static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.map { octet in
      let scalar = UnicodeScalar(octet)
      let isUnreserved =
        (0x30...0x39).contains(octet) || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet)
        || "-._~".unicodeScalars.contains(scalar)
      return isUnreserved ? String(scalar) : "%\(digits[Int(octet >> 4)])\(digits[Int(octet & 15)])"
    }.joined()
  }
}
