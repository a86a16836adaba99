internal import Glibc

/// The system's time-zone files: below `TZDIR`, else /usr/share/zoneinfo (tzset(3)).
package enum ZoneFiles {
  private static let standardFolder = "/usr/share/zoneinfo"

  /// Longer than any zone's file by far; those of tzdata 2026f have 4 KiB at most.
  private static let fileLimit = 1 << 20

  /// The octets of a zone's file. Blocks. `name` must be a clean path below the folder: letters, digits and - + _ / alone.
  ///
  /// Throws a `TextFileError`.
  package static func octets(of name: String) throws(TextFileError) -> [UInt8] {
    try TextFile.readBytes(folder + "/" + name, maximumBytes: fileLimit)
  }

  private static var folder: String { text(of: "TZDIR") ?? standardFolder }

  private static func text(of variable: String) -> String? {
    guard let value = getenv(variable), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The name of this machine's zone: `TZ`, else where /etc/localtime leads, else UTC.
  package static var localName: String {
    if let named = text(of: "TZ") { return named.hasPrefix(":") ? String(named.dropFirst()) : named }
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/etc/localtime", &buffer, buffer.count)
    guard count > 0 else { return "UTC" }
    let parts = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      separator: "/")
    guard let folder = parts.firstIndex(of: "zoneinfo") else { return "UTC" }
    return parts[(folder + 1)...].joined(separator: "/")
  }
}
