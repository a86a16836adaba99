internal import FoundationEssentials
internal import Glibc

/// Saved coordinators, so that commands need no flags: `$XDG_CONFIG_HOME/periplus/contexts.json`, readable by its owner
/// alone because it holds tokens.
struct ContextFile: Codable {
  struct Entry: Codable {
    var url: String
    var token: String?
    var caFile: String?
  }

  var current: String?
  var contexts: [String: Entry] = [:]

  private static func path() throws -> String {
    if let folder = Environment.text("XDG_CONFIG_HOME") { return folder + "/periplus/contexts.json" }
    guard let home = Environment.text("HOME") else {
      throw CommandFailure("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for contexts", status: .usage)
    }
    return home + "/.config/periplus/contexts.json"
  }

  /// An empty file's worth where there is none. Throws a `CommandFailure` for one that cannot be read.
  static func load() throws -> ContextFile {
    guard Environment.text("XDG_CONFIG_HOME") != nil || Environment.text("HOME") != nil else { return ContextFile() }
    let path = try path()
    guard access(path, F_OK) == 0 else { return ContextFile() }
    do {
      return try JSONDecoder().decode(ContextFile.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CommandFailure("\(path) cannot be read; mend or remove it", status: .usage)
    }
  }

  /// Written beside its place and renamed, so that a crash leaves the old file or the new one.
  func save() throws {
    let path = try Self.path()
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let data = try encoder.encode(self)
      let temporary = path + ".new"
      unlink(temporary)
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600)
      guard descriptor >= 0 else { throw CommandFailure("\(temporary) cannot be written") }
      let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      let isSafe = fsync(descriptor) == 0
      close(descriptor)
      guard written == data.count, isSafe, rename(temporary, path) == 0 else {
        unlink(temporary)
        throw CommandFailure("\(path) cannot be written")
      }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure("\(folder) cannot be made")
    }
  }
}
