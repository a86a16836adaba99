internal import CCurl
internal import Glibc

/// One exchange: an easy handle and what it has received. On the loop's thread only.
final class Transfer {
  let job: TransferLoop.Job
  let handle: UnsafeMutableRawPointer

  private var pinList: UnsafeMutablePointer<curl_slist>?
  private var recipientList: UnsafeMutablePointer<curl_slist>?
  /// Octets of a mail that have been sent.
  private var mailOffset = 0
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private var headers: [String: String] = [:]
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var isTooLarge = false

  /// For transfers whose whole time is not bounded.
  private static let connectMilliseconds = 30_000

  /// As servers bound the fields of a request; libcurl's own bound came later and is higher.
  private static let maximumHeaderBytes = 64 << 10

  /// - Throws: `HTTPError` for what cannot be sent.
  init(_ job: TransferLoop.Job, _ configuration: HTTPClientConfiguration) throws(HTTPError) {
    guard let handle = periplus_curl_easy_init() else { throw HTTPError(CURLE_OUT_OF_MEMORY, detail: "") }
    self.job = job
    self.handle = handle
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try set(periplus_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
    try setConnection(configuration)
    try setPin(job.request.pin)
    if let mail = job.request.mail {
      try setMail(mail)
    } else {
      try setRequest(job.request)
    }
    try setSinks()
  }

  deinit {
    periplus_curl_easy_cleanup(handle)
    periplus_curl_slist_free_all(headerList)
    periplus_curl_slist_free_all(pinList)
    periplus_curl_slist_free_all(recipientList)
    errorText.deallocate()
  }

  /// What the caller gets once libcurl is done.
  func answer(_ result: CURLcode) -> TransferLoop.Answer {
    if isTooLarge {
      return .failure(
        HTTPError(code: .tooLarge, message: "the answer is over \(job.request.maximumResponseBytes) bytes"))
    }
    guard result == CURLE_OK else { return .failure(HTTPError(result, detail: String(cString: errorText))) }
    return .success(HTTPResponse(status: status, headers: headers, body: body))
  }

  /// Of the answer that has begun; 0: none has.
  private var status: Int {
    var status = 0
    periplus_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  // MARK: Options

  private func set(_ result: CURLcode) throws(HTTPError) {
    if result != CURLE_OK { throw HTTPError(result, detail: "") }
  }

  private func setConnection(_ configuration: HTTPClientConfiguration) throws(HTTPError) {
    // Else timeouts of the resolver would come by SIGALRM, to any thread (CURLOPT_NOSIGNAL(3)).
    try set(periplus_curl_set_long(handle, CURLOPT_NOSIGNAL, 1))
    try set(periplus_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
    try set(periplus_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0))
    try set(periplus_curl_set_string(handle, CURLOPT_NOPROXY, "*"))
    try set(periplus_curl_set_string(handle, CURLOPT_USERAGENT, configuration.userAgent))
    try set(periplus_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)))
    if let file = configuration.caFile {
      try set(periplus_curl_set_string(handle, CURLOPT_CAINFO, file))
      // "Instead of the system's" is meant: a directory of authorities would be asked too (CURLOPT_CAPATH(3)).
      try set(periplus_curl_set_string(handle, CURLOPT_CAPATH, nil))
    }
    if let path = configuration.unixSocket {
      try set(periplus_curl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, path))
    }
  }

  private func setRequest(_ request: HTTPRequest) throws(HTTPError) {
    let isMethod = !request.method.isEmpty && request.method.utf8.allSatisfy { (0x41...0x5a).contains($0) }
    guard isMethod else { throw Self.invalid("method") }
    guard !request.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { throw Self.invalid("URL") }
    try set(periplus_curl_set_string(handle, CURLOPT_URL, request.url))
    if request.method == "HEAD" {
      try set(periplus_curl_set_long(handle, CURLOPT_NOBODY, 1))
    } else if !request.body.isEmpty || request.method == "POST" {
      try set(periplus_curl_set_long(handle, CURLOPT_POST, 1))
      // The size first: the copy is taken by it (CURLOPT_COPYPOSTFIELDS(3)).
      try set(periplus_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, Int(request.body.count)))
      // One octet more than nothing, since a null pointer would mean "ask the read function".
      let copied = (request.body + [0]).withUnsafeBytes { bytes in
        periplus_curl_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress)
      }
      try set(copied)
      try set(periplus_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method))
    } else if request.method != "GET" {
      try set(periplus_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method))
    }
    try setHeaders(request.headers)
    if request.onBody == nil { return try setTimeout(request.timeout) }
    try set(periplus_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.connectMilliseconds))
    // Less than one octet a second for so long is silence (CURLOPT_LOW_SPEED_TIME(3)).
    try set(periplus_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1))
    try set(periplus_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, Int(request.timeout / .seconds(1)))))
  }

  private func setTimeout(_ timeout: Duration) throws(HTTPError) {
    // Zero would mean no limit at all.
    let milliseconds = max(1, min(timeout / .milliseconds(1), 2_000_000_000))
    try set(periplus_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(milliseconds)))
  }

  private func setPin(_ pin: HostPin?) throws(HTTPError) {
    guard let entry = pin?.entry else { return }
    pinList = try Self.list([entry])
    try set(periplus_curl_set_list(handle, CURLOPT_RESOLVE, pinList))
  }

  private static func list(_ lines: [String]) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = periplus_curl_slist_append(list, line) else {
        periplus_curl_slist_free_all(list)
        throw HTTPError(CURLE_OUT_OF_MEMORY, detail: "")
      }
      list = longer
    }
    return list
  }

  /// As CURLOPT_MAIL_FROM(3) and its like: the envelope by options, head and body by the read function.
  private func setMail(_ mail: MailRequest) throws(HTTPError) {
    let isClean = ([mail.url, mail.from] + mail.to).allSatisfy { text in
      text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3c && $0 != 0x3e }
    }
    guard isClean else { throw Self.invalid("mail addresses") }
    try set(periplus_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"))
    try set(periplus_curl_set_string(handle, CURLOPT_URL, mail.url + "/periplus"))
    let level = mail.demandsTLS ? CURLUSESSL_ALL : CURLUSESSL_TRY
    try set(periplus_curl_set_long(handle, CURLOPT_USE_SSL, Int(level.rawValue)))
    try set(periplus_curl_set_string(handle, CURLOPT_MAIL_FROM, "<\(mail.from)>"))
    recipientList = try Self.list(mail.to.map { "<\($0)>" })
    try set(periplus_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipientList))
    if let user = mail.user, let password = mail.password {
      try set(periplus_curl_set_string(handle, CURLOPT_USERNAME, user))
      try set(periplus_curl_set_string(handle, CURLOPT_PASSWORD, password))
    }
    try set(periplus_curl_set_long(handle, CURLOPT_UPLOAD, 1))
    try set(periplus_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
    try set(
      periplus_curl_set_sink(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        return transfer.takeMail(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      })
    try setTimeout(mail.timeout)
  }

  /// Zero: the mail is through (CURLOPT_READFUNCTION(3)).
  private func takeMail(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let rest = (job.request.mail?.content ?? []).dropFirst(mailOffset).prefix(buffer.count)
    buffer.copyBytes(from: rest)
    mailOffset += rest.count
    return rest.count
  }

  private func setHeaders(_ fields: [(name: String, value: String)]) throws(HTTPError) {
    // No waiting for "100 Continue", and no content type that nobody chose.
    var lines = ["Expect:"]
    if !fields.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
    for (name, value) in fields {
      // What ends a line would begin another field (RFC 9110, 5.5).
      let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3a }
      guard isName, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw Self.invalid("header field")
      }
      // "Name:" would take a field away; "Name;" sends an empty one (CURLOPT_HTTPHEADER(3)).
      lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    for line in lines {
      guard let longer = periplus_curl_slist_append(headerList, line) else {
        throw HTTPError(CURLE_OUT_OF_MEMORY, detail: "")
      }
      headerList = longer
    }
    try set(periplus_curl_set_list(handle, CURLOPT_HTTPHEADER, headerList))
  }

  private static func invalid(_ what: String) -> HTTPError {
    HTTPError(code: .other, message: "the request's \(what) has characters that do not belong there")
  }

  // MARK: Sinks

  private func setSinks() throws(HTTPError) {
    // Unretained: the loop keeps the transfer for as long as libcurl may call back.
    let context = Unmanaged.passUnretained(self).toOpaque()
    try set(periplus_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
    try set(
      periplus_curl_set_sink(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
        Transfer.receive(bytes, size * count, context) { $0.receiveBody($1) }
      })
    try set(periplus_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
    try set(
      periplus_curl_set_sink(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
        Transfer.receive(bytes, size * count, context) { $0.receiveHeader($1) }
      })
  }

  /// Fewer octets than were given end the transfer (CURLOPT_WRITEFUNCTION(3)).
  private static func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context, let bytes else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if let onBody = job.request.onBody, (200..<300).contains(status) { return onBody(bytes) }
    isTooLarge = isTooLarge || body.count + bytes.count > job.request.maximumResponseBytes
    if !isTooLarge { body += bytes }
    return !isTooLarge
  }

  private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
    headerBytes += bytes.count
    isTooLarge = isTooLarge || headerBytes > Self.maximumHeaderBytes
    guard !isTooLarge else { return false }
    let line = String(decoding: bytes, as: UTF8.self)
    // An interim answer (1xx) has fields of its own, which are not the answer's.
    if line.hasPrefix("HTTP/") { headers = [:] }
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), !line.hasPrefix("HTTP/") else { return true }
    let name = line[..<colon].lowercased()
    let value = String(Self.trimmed(line[line.utf8.index(after: colon)...]))
    headers[name] = headers[name].map { "\($0), \(value)" } ?? value
    return true
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }
}
