package import Model
package import SocketFilter

/// Which sockets a snapshot should hold, and how much about each.
package struct SocketQuery: Sendable {
  package var protocols: Set<SocketProtocol>
  package var families: Set<IPAddress.Family>
  package var states: Set<SocketState>

  /// Whether to find the processes of each socket: one pass over `/proc/*/fd`, most of a snapshot's cost.
  package var includesProcesses: Bool

  /// Whether the users' names are wanted: each is asked of the name service once.
  package var includesUsers = true

  /// Whether every network namespace of the host is read, not the own one alone.
  package var spansNamespaces = false

  /// What a socket must answer with yes to be shown; nil for every socket.
  package var expression: FilterExpression?

  package init(
    protocols: Set<SocketProtocol> = [.tcp, .udp], families: Set<IPAddress.Family> = [.ipv4, .ipv6],
    states: Set<SocketState> = .all, includesProcesses: Bool = true, expression: FilterExpression? = nil
  ) {
    self.protocols = protocols
    self.families = families
    self.states = states
    self.includesProcesses = includesProcesses
    self.expression = expression
  }

  /// Listening TCP and bound UDP sockets with their processes: what an agent reports as its listeners.
  package static let listeners = SocketQuery(states: .waiting)
}
