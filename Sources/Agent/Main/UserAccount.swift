internal import Glibc

/// Users as the system knows them.
enum UserAccount {
  /// The id of a user by name; nil where nobody is called so. Blocks on the name service (getpwnam_r(3)).
  static func id(_ name: String) -> UInt32? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard getpwnam_r(name, &entry, base, buffer.count, &found) == 0, found != nil else { return nil }
      return entry.pw_uid
    }
  }
}
