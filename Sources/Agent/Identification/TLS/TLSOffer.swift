/// Which protocols a handshake offers by ALPN (RFC 7301; names of IANA's registry).
enum TLSOffer {
  /// Whatever may run inside TLS at once: a server that insists on one finds its own.
  case everything

  /// HTTP/1 alone, after a server chose HTTP/2.
  case onlyHTTP1

  /// No extension at all.
  case nothing

  private var names: [String] {
    switch self {
    case .everything: ["h2", "http/1.1", "imap", "pop3", "ftp", "xmpp-client", "mqtt", "postgresql", "irc", "dot"]
    case .onlyHTTP1: ["http/1.1"]
    case .nothing: []
    }
  }

  /// The list as the extension holds it.
  var encoded: [UInt8] { names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } }
}
