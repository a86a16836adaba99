/// One mail for a relay, by SMTP.
package struct MailRequest: Sendable {
  /// `smtp` or `smtps`, without a path.
  package var url: String
  package var pin: HostPin
  package var from: String
  package var to: [String]
  package var user: String?
  package var password: String?
  /// Nothing is sent to a relay that does not begin TLS.
  package var demandsTLS: Bool
  /// Head and body, lines ended by CR LF.
  package var content: [UInt8]
  package var timeout: Duration

  package init(
    url: String, pin: HostPin, from: String, to: [String], user: String?, password: String?, demandsTLS: Bool,
    content: [UInt8], timeout: Duration
  ) {
    self.url = url
    self.pin = pin
    self.from = from
    self.to = to
    self.user = user
    self.password = password
    self.demandsTLS = demandsTLS
    self.content = content
    self.timeout = timeout
  }
}

extension HTTPClient {
  /// Hands a mail to a relay; returns once that has taken it for all who are to get it.
  ///
  /// Throws an `HTTPError`.
  nonisolated(nonsending) package func send(_ mail: MailRequest) async throws(HTTPError) {
    var request = HTTPRequest(method: "MAIL", url: mail.url, body: mail.content, timeout: mail.timeout)
    request.pin = mail.pin
    request.mail = mail
    _ = try await send(request)
  }
}
