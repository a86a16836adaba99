/// What is known of binding a port.
package struct PortFinding: Hashable, Sendable {
  /// Raw values are the words printed.
  package enum Status: String, Hashable, Sendable, CaseIterable {
    case free
    case inUse = "in-use"

    /// It can be bound, but the administrator has set it aside.
    case reserved
    case privileged

    /// By a rule or limit of this host: a security module, a filter of its control group.
    case refused
  }

  package var status: Status

  /// The errno of a refusal.
  package var errno: Int32?

  /// In the range that outgoing connections take their ports from.
  package var isEphemeral: Bool
  package var isReserved: Bool

  /// Below the unprivileged ports, and this process lacks the capability.
  package var isPrivileged: Bool

  /// Whether it was really bound, or refused, for a moment. Not so where any socket uses the port: there the tables speak.
  package var isVerified: Bool

  /// Places of the sockets in the way, those that wait first.
  package var sockets: [Int] = []

  /// Whether a server may bind it.
  package var isBindable: Bool { status == .free || status == .reserved }
}
