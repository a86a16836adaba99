import Schedules

/// Zones built from their POSIX rule alone, so that no test needs the machine's files.
enum Zones {
  static let berlin = zone("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3")
  static let lordHowe = zone("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")

  /// A TZif file of version 2 without a transition, RFC 8536, 3.
  static func file(_ rule: String, version: UInt8 = 0x32) -> [UInt8] {
    let header: [UInt8] =
      Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
      // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
      + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    // One kind: UTC, no summer, letters from 0.
    let block: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("UTC".utf8) + [0]
    return header + block + header + block + Array("\n\(rule)\n".utf8)
  }

  private static func zone(_ name: String, _ rule: String) -> TimeZoneRules {
    do {
      return try TimeZoneRules(name: name, octets: file(rule))
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
