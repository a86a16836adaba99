package import Model

/// The service names of this host.
package enum SystemServices {
  /// The file where services(5) says it is.
  package static let path = "/etc/services"

  /// IANA's whole registry in this form is under 1 MiB.
  private static let maximumBytes = 4 << 20

  /// Names from `/etc/services`, with Model's own table behind them; the table alone where the file cannot be read, since
  /// names are a help and never a condition. Blocks on the file.
  package static func load() -> ServiceNames {
    guard let bytes = try? TextFile.readBytes(path, maximumBytes: maximumBytes) else { return .builtIn }
    return ServiceNames(etcServices: String(decoding: bytes, as: UTF8.self))
  }
}
