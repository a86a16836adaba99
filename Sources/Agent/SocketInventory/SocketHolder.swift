/// A process that holds a socket, and by which descriptor.
package struct SocketHolder: Hashable, Sendable {
  package let process: SocketProcess

  /// The lowest of its descriptors for the socket.
  package let descriptor: Int32
}
