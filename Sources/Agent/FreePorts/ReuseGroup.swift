internal import Model
internal import SocketFilter
package import SocketInventory

/// Several sockets that share one address and port, so that one more may join them.
package struct ReuseGroup: Hashable, Sendable {
  private struct Place: Hashable {
    let address: IPAddress
    let interface: UInt32
  }

  package let count: Int

  /// The user that made them, whose processes may join (socket(7)); nil where they differ.
  package let uid: UInt32?

  /// That user's name, where the system knows one.
  package let user: String?

  /// The option that a socket needs to join. Listening TCP sockets share a port by SO_REUSEPORT alone; UDP sockets may do
  /// so by SO_REUSEADDR too, which the kernel does not tell: then nil.
  package let option: String?

  /// The group among sockets of one protocol and port that wait for peers; nil where each stands alone.
  ///
  /// sock_diag does not tell the options of a socket, so that a group of one is not seen.
  package init?(_ sockets: some Sequence<DiagnosedSocket>, user: (UInt32) -> String?) {
    let waiting = sockets.filter { $0.state == ($0.socketProtocol == .udp ? .unconnected : .listening) }
    let groups = Dictionary(grouping: waiting) { Place(address: $0.localAddress, interface: $0.interfaceIndex) }
    guard let group = groups.values.max(by: { $0.count < $1.count }), group.count > 1, let first = group.first else {
      return nil
    }
    count = group.count
    uid = group.allSatisfy { $0.uid == first.uid } ? first.uid : nil
    self.user = uid.flatMap(user)
    option = first.socketProtocol == .tcp ? "SO_REUSEPORT" : nil
  }
}
