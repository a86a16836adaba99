/// Which timer of a TCP socket runs (`idiag_timer`, net/ipv4/inet_diag.c); raw values are the words that ss prints.
package enum SocketTimer: String, Hashable, Sendable, Codable, CaseIterable {
  /// Data or a SYN waits for its acknowledgement.
  case retransmit = "on"
  case keepalive
  case timeWait = "timewait"

  /// The peer's window is closed and is asked about.
  case probe = "persist"

  /// nil for 0, no timer, and for a number that this version does not know.
  init?(number: UInt8) {
    switch number {
    case 1: self = .retransmit
    case 2: self = .keepalive
    case 3: self = .timeWait
    case 4: self = .probe
    default: return nil
    }
  }
}
