/// What an HTTP server's first answer showed (RFC 9110).
package struct HTTPIdentity: Hashable, Sendable, Codable {
  package var status: Int

  /// The `Server` field.
  package var server: String?

  /// The text of the page's `title` element.
  package var title: String?

  /// The `Location` field of a redirect.
  package var location: String?

  package init(status: Int, server: String? = nil, title: String? = nil, location: String? = nil) {
    self.status = status
    self.server = server
    self.title = title
    self.location = location
  }
}
