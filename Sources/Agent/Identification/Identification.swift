package import Model

/// What asking a service came to.
package enum Identification: Hashable, Sendable {
  case identified(ServiceIdentity)

  /// It is none of the known protocols; the first octets it sent, printable and bounded, where it sent any.
  case unidentified(banner: String?)
  case failed(IdentificationFailure)
}

/// Why a service could not be asked; never a fact about what it is.
package enum IdentificationFailure: Hashable, Sendable {
  /// It no longer accepts connections; the errno of connect(2).
  case unreachable(errno: Int32)

  /// This host's policy forbids the endpoint.
  case forbidden

  /// Descriptors, ports or buffers of this host ran out, and none came free for as long as we wait; the errno.
  case localShortage(errno: Int32)

  /// The caller's task was cancelled, or the identifier was shut down.
  case cancelled
}
