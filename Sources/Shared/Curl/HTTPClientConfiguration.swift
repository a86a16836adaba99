/// What all requests of a client share.
package struct HTTPClientConfiguration: Sendable {
  /// A PEM file with the authorities to trust instead of the system's.
  package var caFile: String?

  /// The path of a Unix socket to connect to; the host in the URL then only names itself in the Host field.
  package var unixSocket: String?

  package var userAgent: String

  package init(caFile: String? = nil, unixSocket: String? = nil, userAgent: String = "periplus") {
    self.caFile = caFile
    self.unixSocket = unixSocket
    self.userAgent = userAgent
  }
}
