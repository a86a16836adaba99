internal import Glibc

/// Names of network interfaces by index, each asked for once.
struct InterfaceNames {
  private var known: [UInt32: String?] = [:]

  /// The name of an interface; nil for index 0, and for one that is gone (if_indextoname(3)).
  mutating func name(of index: UInt32) -> String? {
    guard index != 0 else { return nil }
    if let name = known[index] { return name }
    let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer -> String? in
      guard let base = buffer.baseAddress, if_indextoname(index, base) != nil else { return nil }
      return String(cString: base)
    }
    known[index] = .some(name)
    return name
  }
}
