internal import COpenSSL
internal import Model

/// The client's side of one TLS connection, between two memory BIOs: whoever owns the socket carries the octets, so that a
/// handshake can begin at any point of any protocol. Identifier thread only.
final class TLSSession {
  enum Progress: Equatable {
    /// It needs octets of the server.
    case waiting
    case established

    /// The handshake failed; by the server's alert (RFC 8446, 6), where it sent one.
    case failed(alert: Int?)
  }

  /// The alert of a server that speaks none of the protocols offered (RFC 7301, 3.3).
  static let noApplicationProtocol = 120

  private let context: TLSContext
  private let session: OpaquePointer

  /// Owned by the session.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer

  /// nil where memory ran out.
  init?(_ context: TLSContext, offer: TLSOffer) {
    guard let session = SSL_new(context.pointer) else { return nil }
    guard let incoming = BIO_new(BIO_s_mem()) else {
      SSL_free(session)
      return nil
    }
    guard let outgoing = BIO_new(BIO_s_mem()) else {
      BIO_free(incoming)
      SSL_free(session)
      return nil
    }
    SSL_set_bio(session, incoming, outgoing)
    SSL_set_connect_state(session)
    let names = offer.encoded
    if !names.isEmpty { SSL_set_alpn_protos(session, names, UInt32(names.count)) }
    self.context = context
    self.session = session
    self.incoming = incoming
    self.outgoing = outgoing
  }

  deinit { SSL_free(session) }

  /// Takes octets from the socket.
  func receive(_ octets: ArraySlice<UInt8>) {
    octets.withUnsafeBytes { _ = BIO_write(incoming, $0.baseAddress, Int32($0.count)) }
  }

  /// Octets for the socket.
  func takeOutgoing() -> [UInt8] {
    let count = copenssl_pending(outgoing)
    guard count > 0 else { return [] }
    var octets = [UInt8](repeating: 0, count: count)
    let taken = BIO_read(outgoing, &octets, Int32(count))
    return Array(octets.prefix(Int(max(0, taken))))
  }

  /// Goes on with the handshake as far as the octets received allow.
  func shakeHands() -> Progress {
    _ = copenssl_take_alert()
    let result = SSL_do_handshake(session)
    if result == 1 { return .established }
    let error = SSL_get_error(session, result)
    let alert = copenssl_take_alert()
    if error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE { return .waiting }
    return .failed(alert: alert >= 0 ? Int(alert) : nil)
  }

  /// Decrypts up to `limit` octets of what has been received; `isOver` once the server ended the stream or broke it.
  func read(limit: Int) -> (octets: [UInt8], isOver: Bool) {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while result.count < limit {
      let count = SSL_read(session, &chunk, Int32(min(chunk.count, limit - result.count)))
      guard count > 0 else {
        let error = SSL_get_error(session, count)
        _ = copenssl_take_alert()
        return (result, error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
      }
      result += chunk[..<Int(count)]
    }
    return (result, false)
  }

  /// Encrypts octets; they come out of `takeOutgoing`.
  func write(_ octets: [UInt8]) {
    guard !octets.isEmpty else { return }
    _ = SSL_write(session, octets, Int32(octets.count))
    _ = copenssl_take_alert()
  }

  /// What the server showed; nil before it chose a version.
  func identity(start: TLSIdentity.Start) -> TLSIdentity? {
    let certificate = SSL_get1_peer_certificate(session)
    defer { X509_free(certificate) }
    // Before the server's first message the version is our own offer.
    guard certificate != nil || SSL_is_init_finished(session) == 1, let version = SSL_get_version(session) else {
      return nil
    }
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(session, &name, &length)
    let alpn = name.map { WireText.printable(UnsafeBufferPointer(start: $0, count: Int(length)), limit: 64) }
    return TLSIdentity(
      start: start, version: String(cString: version), alpn: alpn,
      certificate: certificate.flatMap(CertificateReader.identity))
  }
}
