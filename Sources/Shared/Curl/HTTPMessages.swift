/// A request to one URL.
package struct HTTPRequest: Sendable {
  package var method: String
  /// Absolute, `http` or `https`.
  package var url: String
  package var headers: [String: String]
  package var body: [UInt8]?
  /// For the whole exchange.
  package var timeout: Duration
  package var maximumResponseBytes: Int

  package init(
    method: String, url: String, headers: [String: String] = [:], body: [UInt8]? = nil,
    timeout: Duration = .seconds(30), maximumResponseBytes: Int = 64 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
  }
}

package struct HTTPResponse: Sendable {
  package var status: Int
  /// Names in lower case; the last of repeated ones.
  package var headers: [String: String]
  package var body: [UInt8]
}

package struct HTTPClientConfiguration: Sendable {
  /// PEM file of the authorities to trust instead of the system's.
  package var caFile: String?
  /// Connect to this Unix socket whatever the URL says.
  package var unixSocket: String?
  package var userAgent: String

  package init(caFile: String? = nil, unixSocket: String? = nil, userAgent: String) {
    self.caFile = caFile
    self.unixSocket = unixSocket
    self.userAgent = userAgent
  }
}

/// The exchange did not take place, or not whole.
package struct HTTPClientError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The URL, a file or an option is unusable: trying again does not help.
    case badRequest
    case couldNotConnect
    case timedOut
    /// The peer's certificate is not trusted, or TLS failed otherwise.
    case tls
    case tooLarge
    case cancelled
    case failed
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
