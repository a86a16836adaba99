/// One request of the HTTP client.
package struct HTTPRequest: Sendable {
  /// In upper case, as in `GET`.
  package var method: String

  /// `http` or `https`; anything else is refused.
  package var url: String

  /// Sent in this order.
  package var headers: [(name: String, value: String)]

  package var body: [UInt8]

  /// For the whole exchange, from resolving the name to the last octet of the answer.
  package var timeout: Duration

  /// Takes the body of a good answer (2xx) octet by octet as it comes, on the client's own thread, which waits meanwhile; false ends
  /// the transfer. The answer that is returned has no body then, no bound of size, and `timeout` is for silence instead of the whole.
  package var onBody: (@Sendable (UnsafeRawBufferPointer) -> Bool)?

  /// An answer with a longer body is refused with `tooLarge`.
  package var maximumResponseBytes: Int

  /// Nil: the host's name is resolved.
  package var pin: HostPin?

  /// What makes it a mail.
  var mail: MailRequest?

  package init(
    method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeout: Duration = .seconds(30), maximumResponseBytes: Int = 16 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
  }
}
