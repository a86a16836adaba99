internal import Glibc
internal import LocalSystem
internal import Model
internal import Worker

/// `agent.conf` (settings) and `policy.conf` (what this host allows).
struct AgentConfiguration {
  static let standardPath = "/etc/periplus/agent.conf"
  static let standardPolicyPath = "/etc/periplus/policy.conf"
  static let standardInventorySocket = "/run/periplus-inventory.sock"

  /// More than any sensible file has.
  private static let fileBytes = 1 << 20

  var identityPath: String

  /// Where the inventory service listens, if there is one.
  var inventorySocket: String
  var policy: LocalPolicy

  /// Reads the file that `path` names; without a name the standard one, which need not be there.
  ///
  /// Throws a `CommandFailure` with the line of the first fault.
  static func load(_ path: String?, services: ServiceNames) throws -> AgentConfiguration {
    let file = try read(path, standard: standardPath, keys: ["identity", "policy", "inventory-socket"])
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
      inventorySocket: file?["inventory-socket"] ?? standardInventorySocket, policy: policy)
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
