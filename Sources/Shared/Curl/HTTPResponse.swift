/// An answer, of any status: what a status means is for the caller to say.
package struct HTTPResponse: Equatable, Sendable {
  package let status: Int

  /// By name in lower case; fields of one name are joined by a comma and a blank (RFC 9110, 5.3).
  package let headers: [String: String]

  /// As it was sent: a content coding is not undone.
  package let body: [UInt8]
}
