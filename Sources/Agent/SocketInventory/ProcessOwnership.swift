/// Which processes hold a socket, or why that is not known. An owner that could not be read is unknown, never root.
package enum ProcessOwnership: Hashable, Sendable {
  /// At least one process; several after fork(2) or when the descriptor was passed on.
  case known([SocketHolder])
  case unknown(reason: Reason)

  /// The query did not ask for processes.
  case notApplicable

  /// Why no owner is known; raw values are the words printed and sent.
  package enum Reason: String, Hashable, Sendable, Codable {
    /// Some processes' descriptors could not be read, and the owner may be among them (proc_pid_fd(5)).
    case needsPrivilege = "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH to see other users' processes"
    /// Every process was looked at.
    case noHolder = "no process holds it (kernel socket or another namespace)"
    /// TIME-WAIT and SYN-RECV (inet_diag.c reports them with uid 0 and inode 0).
    case ownerlessState = "the kernel keeps no owner in this state"
    /// The process ended, or the socket appeared, between the two readings.
    case changedMeanwhile = "its process ended while the table was read"
  }

  package var holders: [SocketHolder] {
    if case .known(let holders) = self { holders } else { [] }
  }
}
