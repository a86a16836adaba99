/// The state of a socket as the kernel keeps it; raw values are the words that ss filters by.
///
/// UDP sockets know two: `unconnected` and, once connected, `established`.
package enum SocketState: String, Hashable, Sendable, Codable, CaseIterable {
  case established
  case synSent = "syn-sent"
  case synReceived = "syn-recv"
  case finWait1 = "fin-wait-1"
  case finWait2 = "fin-wait-2"
  case timeWait = "time-wait"
  case unconnected
  case closeWait = "close-wait"
  case lastAck = "last-ack"
  case listening
  case closing

  /// A TCP socket with a port that neither listens nor connects; told from linux 6.8 on.
  case boundInactive = "bound-inactive"

  /// Whether the kernel keeps such a socket without an owner: its rows carry uid 0 and inode 0, which mean nothing
  /// (inet_diag.c).
  package var isOwnerless: Bool { self == .timeWait || self == .synReceived }
}
