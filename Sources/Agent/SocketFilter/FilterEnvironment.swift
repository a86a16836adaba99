package import Model

/// What an expression refers to outside of itself. Closures, so that reading one does no I/O by itself and tests need no
/// machine.
package struct FilterEnvironment {
  /// The names of services: read when the first is met, because most expressions have numbers alone.
  package var services: () -> ServiceNames

  /// The protocols whose names of services count: those that are shown.
  package var transports: Set<TransportProtocol>

  /// The addresses of a host, or why there are none.
  package var addresses: (_ name: String) -> Result<[IPAddress], Refusal>
  package var userID: (_ name: String) -> UInt32?
  package var cgroupID: (_ path: String) -> Result<UInt64, Refusal>
  package var namespaceInode: (_ name: String) -> UInt64?

  /// A reason in words.
  package struct Refusal: Error, Hashable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
  }

  /// Knows services and nothing of this machine.
  package init(
    services: @escaping @autoclosure () -> ServiceNames = .builtIn, transports: Set<TransportProtocol> = [.tcp, .udp]
  ) {
    self.services = services
    self.transports = transports
    addresses = { _ in .failure(Refusal("names are not looked up here")) }
    userID = { _ in nil }
    cgroupID = { _ in .failure(Refusal("control groups are not looked up here")) }
    namespaceInode = { _ in nil }
  }
}
