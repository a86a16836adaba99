internal import COpenSSL

/// What every TLS session here has in common. Identifier thread only.
final class TLSContext {
  /// Octets of a certificate chain that are taken; a bigger one ends the handshake.
  static let chainLimit = 64 * 1024

  let pointer: OpaquePointer

  /// nil where OpenSSL could not begin: memory ran out, or its configuration file is broken.
  init?() {
    guard let made = SSL_CTX_new(TLS_client_method()) else { return nil }
    guard copenssl_prepare(made, Self.chainLimit) == 1 else {
      SSL_CTX_free(made)
      _ = copenssl_take_alert()
      return nil
    }
    pointer = made
  }

  deinit { SSL_CTX_free(pointer) }
}
