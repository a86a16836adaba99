internal import FoundationEssentials
internal import Glibc
internal import Model

/// Who this agent is to its coordinator: what enrolment gave, in a file that only the agent's user can read.
struct AgentIdentity: Codable, Equatable {
  static let standardPath = "/var/lib/periplus-agent/identity.json"

  var agent: AgentID
  var name: String
  var coordinator: String
  var secret: String
  var caFile: String?

  /// Throws a `CommandFailure` for a file that is not there or cannot be read.
  static func load(_ path: String) throws -> AgentIdentity {
    guard access(path, F_OK) == 0 else {
      throw CommandFailure.failed(
        "\(path) is not there: enrol first with periplus-agent enroll --coordinator URL --token-file FILE")
    }
    do {
      return try JSONDecoder().decode(AgentIdentity.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CommandFailure.failed("\(path) cannot be read, or is not an identity; enrol again")
    }
  }

  /// Throws a `CommandFailure` if no identity could be written to `path`.
  static func demandPlace(_ path: String) throws {
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure.failed(
        "\(path) cannot be written: \(String(cString: strerror(errno))); name another place with --identity")
    }
    close(descriptor)
    unlink(temporary)
  }

  /// Written with mode 0600 for whoever owned the one that was there, or owns the folder, since root may do this for the agent's
  /// user; written beside its place and renamed, so that a crash leaves none or a whole one.
  func save(_ path: String) throws {
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure.failed("\(temporary) cannot be written: \(String(cString: strerror(errno)))")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(self)
    let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    let isSafe = Self.giveToOwner(descriptor, of: path) && fsync(descriptor) == 0
    close(descriptor)
    guard written == data.count, isSafe, rename(temporary, path) == 0, Self.syncFolder(of: path) else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw CommandFailure.failed("\(path) cannot be written: \(reason)")
    }
  }

  /// Others than root own what they write.
  private static func giveToOwner(_ descriptor: Int32, of path: String) -> Bool {
    guard geteuid() == 0 else { return true }
    var status = stat()
    guard stat(path, &status) == 0 || stat(folder(of: path), &status) == 0 else { return false }
    return fchown(descriptor, status.st_uid, status.st_gid) == 0
  }

  /// A rename is safe once its folder is (fsync(2)).
  private static func syncFolder(of path: String) -> Bool {
    let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
