/// How much a spool may hold, and for how long.
package struct SpoolLimits: Hashable, Sendable {
  package static let standard = SpoolLimits(bytes: 256 << 20, age: .seconds(7 * 86_400))

  /// Octets of all files of records together.
  package let bytes: Int
  /// By the wall clock: a record that is older is lost.
  package let age: Duration

  package init(bytes: Int, age: Duration) {
    self.bytes = bytes
    self.age = age
  }

  /// Octets after which another segment begins. Records make room for newer ones a segment at a time, so one must be a
  /// small part of the whole.
  var segmentBytes: Int { max(1, min(8 << 20, bytes / 16)) }
}
