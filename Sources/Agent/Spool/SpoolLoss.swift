/// Records that were lost together.
package struct SpoolLoss: Hashable, Sendable, CustomStringConvertible {
  package enum Cause: Hashable, Sendable {
    /// They were over the age limit.
    case expired
    /// They made room for newer ones.
    case crowdedOut
    /// They could not be read back: torn by a sudden end, damaged, or their file was taken away.
    case damaged
    /// Whoever asked for them could not use them, or was refused with them.
    case discarded
  }

  package let cause: Cause
  package let records: Int
  package let bytes: Int

  package var description: String {
    let reason =
      switch cause {
      case .expired: "older than the spool may keep them"
      case .crowdedOut: "the spool is full, and newer ones need their room"
      case .damaged: "damaged on the disk"
      case .discarded: "nobody takes them"
      }
    return "\(records) spooled \(records == 1 ? "record" : "records") (\(bytes) bytes) lost: \(reason)"
  }
}
