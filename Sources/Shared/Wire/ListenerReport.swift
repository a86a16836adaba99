package import Model

/// A listening TCP or bound UDP socket, with every process that holds it.
package struct ListenerReport: WireRequest, Hashable {
  package var transport: TransportProtocol
  package var address: IPAddress
  package var port: Port
  /// The interface the socket is bound to, by SO_BINDTODEVICE or a link-local scope.
  package var interface: String?
  /// For a socket on `::`: whether it refuses IPv4 (IPV6_V6ONLY, ipv6(7)).
  package var isIPv6Only: Bool
  package var uid: UInt32?
  package var user: String?
  package var inode: UInt64?
  package var processes: [ListeningProcess]
  /// Why the processes are not known; absent where they are.
  package var ownerUnknownReason: String?
  /// The systemd unit of the processes; absent where sockets that share the port are in several.
  package var unit: String?
  /// The network namespace it is in, by the inode of `/proc/PID/ns/net`; absent for the agent's own.
  package var namespace: UInt64?
  /// What ip-netns(8) or a container's runtime calls that namespace.
  package var namespaceName: String?
  /// The container of the processes; absent where sockets that share the port are in several.
  package var container: String?
  /// How many established connections a TCP listener has now; absent where nobody counted.
  package var connections: Int?

  package init(
    transport: TransportProtocol, address: IPAddress, port: Port, interface: String?, isIPv6Only: Bool, uid: UInt32?,
    user: String?, inode: UInt64?, processes: [ListeningProcess], ownerUnknownReason: String?, unit: String?,
    namespace: UInt64? = nil, namespaceName: String? = nil, container: String? = nil,
    connections: Int? = nil
  ) {
    self.transport = transport
    self.address = address
    self.port = port
    self.interface = interface
    self.isIPv6Only = isIPv6Only
    self.uid = uid
    self.user = user
    self.inode = inode
    self.processes = processes
    self.ownerUnknownReason = ownerUnknownReason
    self.unit = unit
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.container = container
    self.connections = connections
  }

  /// What makes two reports the same listener.
  package struct Key: WireRequest, Hashable {
    package var transport: TransportProtocol
    package var address: IPAddress
    package var port: Port
    package var interface: String?
    package var namespace: UInt64?

    package init(
      transport: TransportProtocol, address: IPAddress, port: Port, interface: String? = nil, namespace: UInt64? = nil
    ) {
      self.transport = transport
      self.address = address
      self.port = port
      self.interface = interface
      self.namespace = namespace
    }

    private enum CodingKeys: String, ListedFields { case transport, address, port, interface, namespace }
    package static var fieldNames: Set<String> { CodingKeys.names }
  }

  package var key: Key {
    Key(transport: transport, address: address, port: port, interface: interface, namespace: namespace)
  }

  private enum CodingKeys: String, ListedFields {
    case transport, address, port, interface, isIPv6Only, uid, user, inode, processes, ownerUnknownReason, unit
    case namespace, namespaceName, container, connections
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}
