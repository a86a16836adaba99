internal import CCurl
internal import Synchronization

/// One exchange on its way. Belongs to the client's thread, but for the continuation, which whoever gets there first
/// takes: the thread with a result, or a cancellation.
final class Transfer: @unchecked Sendable {
  // Everything but `continuation` is touched only on the client's thread, between start and finish.
  let request: HTTPRequest
  let id: UInt64
  private var easy: UnsafeMutableRawPointer?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var body: [UInt8] = []
  private var headers: [String: String] = [:]
  private var isTooLarge = false
  private let continuation: Mutex<CheckedContinuation<HTTPResponse, any Error>?>

  init(id: UInt64, request: HTTPRequest, continuation: CheckedContinuation<HTTPResponse, any Error>) {
    self.id = id
    self.request = request
    self.continuation = Mutex(continuation)
  }

  /// Makes the easy handle; client's thread only. Throws `badRequest` for what libcurl refuses.
  func prepare(_ configuration: HTTPClientConfiguration) throws(HTTPClientError) -> UnsafeMutableRawPointer {
    guard let easy = curl_easy_init() else { throw HTTPClientError(.failed, "libcurl has no memory") }
    self.easy = easy
    func check(_ code: CURLcode, _ what: String) throws(HTTPClientError) {
      guard code == CURLE_OK else {
        throw HTTPClientError(.badRequest, "\(what): \(String(cString: curl_easy_strerror(code)))")
      }
    }
    try check(periplus_curl_set_text(easy, CURLOPT_URL, request.url), request.url)
    // Threads and signals do not go together (CURLOPT_NOSIGNAL(3)).
    try check(periplus_curl_set_long(easy, CURLOPT_NOSIGNAL, 1), "signals")
    try check(periplus_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"), "protocols")
    // A proxy named in the environment must not see what goes between agent and coordinator.
    try check(periplus_curl_set_text(easy, CURLOPT_NOPROXY, "*"), "proxy")
    try check(periplus_curl_set_text(easy, CURLOPT_USERAGENT, configuration.userAgent), "user agent")
    try check(
      periplus_curl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(clamping: request.timeout.milliseconds)), "timeout")
    try check(periplus_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, 10_000), "timeout")
    if let file = configuration.caFile { try check(periplus_curl_set_text(easy, CURLOPT_CAINFO, file), file) }
    if let socket = configuration.unixSocket {
      try check(periplus_curl_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, socket), socket)
    }
    if let content = request.body {
      try check(periplus_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(content.count)), "body")
      let code = content.withUnsafeBytes { octets in
        periplus_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: octets.baseAddress))
      }
      try check(code, "body")
    }
    try check(periplus_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method), "method")
    // No "Expect: 100-continue": it would cost a round trip a chunk.
    for (name, value) in request.headers.merging(["Expect": ""], uniquingKeysWith: { first, _ in first }) {
      headerList = curl_slist_append(headerList, "\(name):\(value.isEmpty ? "" : " " + value)")
    }
    try check(periplus_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList), "headers")
    let context = Unmanaged.passUnretained(self).toOpaque()
    try check(periplus_curl_set_pointer(easy, CURLOPT_PRIVATE, context), "context")
    try check(periplus_curl_set_pointer(easy, CURLOPT_WRITEDATA, context), "context")
    try check(periplus_curl_set_pointer(easy, CURLOPT_HEADERDATA, context), "context")
    try check(
      periplus_curl_set_sink(easy, CURLOPT_WRITEFUNCTION) { octets, size, count, context in
        Transfer.from(context)?.take(octets, size * count) ?? 0
      }, "sink")
    try check(
      periplus_curl_set_sink(easy, CURLOPT_HEADERFUNCTION) { octets, size, count, context in
        Transfer.from(context)?.takeHeader(octets, size * count) ?? 0
      }, "sink")
    return easy
  }

  static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Returning less than was offered ends the transfer (CURLOPT_WRITEFUNCTION(3)).
  private func take(_ octets: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let octets else { return 0 }
    guard body.count + count <= request.maximumResponseBytes else {
      isTooLarge = true
      return 0
    }
    body.append(contentsOf: UnsafeRawBufferPointer(start: octets, count: count))
    return count
  }

  private func takeHeader(_ octets: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let octets else { return 0 }
    let line = String(decoding: UnsafeRawBufferPointer(start: octets, count: count), as: UTF8.self)
    // More than any server of ours sends; a hostile one must not fill memory with headers.
    guard headers.count < 200 else { return 0 }
    if let colon = line.firstIndex(of: ":") {
      headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].trimmingBlanks)
    }
    return count
  }

  /// Answers whoever waits, from libcurl's result; client's thread only.
  func finish(_ code: CURLcode) {
    var status = 0
    if let easy { _ = periplus_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status) }
    if code == CURLE_OK {
      resume(with: .success(HTTPResponse(status: status, headers: headers, body: body)))
    } else {
      resume(with: .failure(error(for: code)))
    }
  }

  private func error(for code: CURLcode) -> HTTPClientError {
    let text = String(cString: curl_easy_strerror(code))
    if isTooLarge {
      return HTTPClientError(.tooLarge, "the answer is larger than \(request.maximumResponseBytes) bytes")
    }
    switch code {
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST:
      return HTTPClientError(.couldNotConnect, "\(request.url): \(text)")
    case CURLE_OPERATION_TIMEDOUT: return HTTPClientError(.timedOut, "\(request.url): \(text)")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM:
      return HTTPClientError(.tls, "\(request.url): \(text)")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return HTTPClientError(.badRequest, "\(request.url): \(text)")
    default: return HTTPClientError(.failed, "\(request.url): \(text)")
    }
  }

  /// Answers whoever waits, once; any thread.
  func resume(with result: Result<HTTPResponse, any Error>) {
    let waiter = continuation.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    waiter?.resume(with: result)
  }

  /// Frees what libcurl holds; client's thread only, after the handle has left the multi handle.
  func release() {
    if let easy { curl_easy_cleanup(easy) }
    easy = nil
    curl_slist_free_all(headerList)
    headerList = nil
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    let head = drop { $0.isWhitespace }
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return head[...last]
  }
}
