internal import Synchronization

/// Where rules of time zones come from.
package protocol TimeZoneSource: Sendable {
  /// Throws a `ScheduleError` for a zone that there is not.
  func rules(of name: String) throws(ScheduleError) -> TimeZoneRules
}

/// No zone but UTC.
package struct UniversalTime: TimeZoneSource {
  package init() {}

  package func rules(of name: String) throws(ScheduleError) -> TimeZoneRules {
    guard ["UTC", "Etc/UTC", "Z"].contains(name) else { throw ScheduleError("there is no time zone \"\(name)\"") }
    return .utc
  }
}

/// Rules of the files that `read` reads, each read once: the program is started anew when the system's data is updated.
package final class TimeZoneCache: TimeZoneSource {
  private let read: @Sendable (String) throws -> [UInt8]
  private let known = Mutex<[String: TimeZoneRules]>([:])

  /// - Parameter read: the octets of a zone's file; it is given names that have passed `check` alone.
  package init(_ read: @escaping @Sendable (String) throws -> [UInt8]) { self.read = read }

  package func rules(of name: String) throws(ScheduleError) -> TimeZoneRules {
    if let universal = try? UniversalTime().rules(of: name) { return universal }
    if let found = known.withLock({ $0[name] }) { return found }
    guard Self.check(name) else {
      throw ScheduleError("\"\(name)\" is no time zone; expected a name such as Europe/Berlin or UTC")
    }
    let octets: [UInt8]
    do {
      octets = try read(name)
    } catch {
      throw ScheduleError("time zone \"\(name)\": \(error)")
    }
    let rules = try TimeZoneRules(name: name, octets: octets)
    known.withLock { $0[name] = rules }
    return rules
  }

  /// Whether a name may be a path below the zones' folder: it leads nowhere else.
  static func check(_ name: String) -> Bool {
    let isClean = name.utf8.allSatisfy { octet in
      (0x30...0x39).contains(octet) || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet)
        || [0x2b, 0x2d, 0x2f, 0x5f].contains(octet)
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return isClean && name.utf8.count <= 100 && (1...4).contains(parts.count) && !parts.contains("")
  }
}
