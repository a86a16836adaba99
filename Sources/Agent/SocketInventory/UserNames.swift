internal import Glibc

/// Names of users by id, each asked for once. For one thread.
final class UserNames {
  private(set) var known: [UInt32: String?] = [:]

  /// The name of a user; blocks on the name service (getpwuid_r(3)), which may be a directory in the network.
  func name(of uid: UInt32) -> String? {
    if let name = known[uid] { return name }
    let name = Self.lookUp(uid)
    known[uid] = .some(name)
    return name
  }

  private static func lookUp(_ uid: UInt32) -> String? {
    // An entry longer than this (gecos and home are free text) has no usable name.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard getpwuid_r(uid, &entry, base, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
        return nil
      }
      return String(cString: name)
    }
  }
}
