internal import Glibc
internal import LocalSystem
internal import Model
internal import Spool
internal import Worker

/// `agent.conf` (settings) and `policy.conf` (what this host allows).
struct AgentConfiguration {
  static let standardPath = "/etc/periplus/agent.conf"
  static let standardPolicyPath = "/etc/periplus/policy.conf"
  static let standardInventorySocket = "/run/periplus-inventory.sock"

  /// More than any sensible file has.
  private static let fileBytes = 1 << 20

  private static let keys: Set<String> = [
    "identity", "policy", "inventory-socket", "spool", "spool-megabytes", "spool-days",
  ]

  var identityPath: String

  /// Where the inventory service listens, if there is one.
  var inventorySocket: String

  /// The folder of results that wait for the coordinator; nil: the one beside the identity.
  var spoolPath: String?
  var spoolLimits: SpoolLimits
  var policy: LocalPolicy

  /// Reads the file that `path` names; without a name the standard one, which need not be there.
  ///
  /// Throws a `CommandFailure` with the line of the first fault.
  static func load(_ path: String?, services: ServiceNames) throws -> AgentConfiguration {
    let file = try read(path, standard: standardPath, keys: keys)
    let policyFile = try read(file?["policy"], standard: standardPolicyPath, keys: LocalPolicy.keys)
    var policy = LocalPolicy.standard
    if let policyFile {
      do {
        policy = try LocalPolicy(policyFile, services: services)
      } catch {
        throw CommandFailure.usage("\(file?["policy"] ?? standardPolicyPath), \(error)")
      }
    }
    return AgentConfiguration(
      identityPath: file?["identity"] ?? AgentIdentity.standardPath,
      inventorySocket: file?["inventory-socket"] ?? standardInventorySocket, spoolPath: file?["spool"],
      spoolLimits: try spoolLimits(file, name: path ?? standardPath), policy: policy)
  }

  /// `/var/lib/periplus-agent/spool` for the standard identity; every identity has a folder of its own.
  static func standardSpool(beside identityPath: String) -> String {
    identityPath == AgentIdentity.standardPath ? "/var/lib/periplus-agent/spool" : identityPath + ".spool"
  }

  private static func spoolLimits(_ file: KeyValueFile?, name: String) throws -> SpoolLimits {
    do {
      let megabytes = try file?.value("spool-megabytes", "a number from 1 to 1048576") { text in
        Int(text).flatMap { (1...1 << 20).contains($0) ? $0 : nil }
      }
      let days = try file?.value("spool-days", "a number from 1 to 365") { text in
        Int(text).flatMap { (1...365).contains($0) ? $0 : nil }
      }
      return SpoolLimits(
        bytes: megabytes.map { $0 << 20 } ?? SpoolLimits.standard.bytes,
        age: days.map { .seconds($0 * 86_400) } ?? SpoolLimits.standard.age)
    } catch {
      throw CommandFailure.usage("\(name), \(error)")
    }
  }

  private static func read(_ path: String?, standard: String, keys: Set<String>) throws -> KeyValueFile? {
    // A file that is named must be there; the standard one is read if it is.
    let name = path ?? standard
    if path == nil, access(name, F_OK) != 0 { return nil }
    do {
      return try KeyValueFile(try TextFile.read(name, maximumBytes: fileBytes), keys: keys)
    } catch let error as KeyValueFileError {
      throw CommandFailure.usage("\(name), \(error)")
    } catch {
      throw CommandFailure.usage("\(error)")
    }
  }
}
