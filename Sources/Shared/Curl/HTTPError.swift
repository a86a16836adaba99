internal import CCurl

/// Why there is no answer to a request.
package struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// No connection: the name does not resolve, nobody answers, or the port refuses.
    case couldNotConnect
    case timedOut
    /// The handshake failed or the certificate is not trusted.
    case tls
    /// The answer is over the request's bound.
    case tooLarge
    /// The task was cancelled or the client shut down.
    case cancelled
    case other
  }

  package let code: Code

  /// libcurl's words, for people.
  package let message: String

  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  /// Codes of libcurl-errors(3).
  init(_ result: CURLcode, detail: String) {
    let general = String(cString: periplus_curl_easy_strerror(result))
    message = detail.isEmpty ? general : detail
    switch result {
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: code = .couldNotConnect
    case CURLE_OPERATION_TIMEDOUT: code = .timedOut
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED:
      code = .tls
    case CURLE_FILESIZE_EXCEEDED: code = .tooLarge
    default: code = .other
    }
  }
}
