internal import Glibc
internal import LocalSystem
internal import Model

/// Where the policy is kept: it permits commands and destinations, so that only root may have written it.
package enum DeliveryPolicyFile {
  package static let standardPath = "/etc/periplus/deliveries.conf"
  private static let maximumBytes = 1 << 20

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads the file; a standard one that is not there permits what the standard policy does. Blocks.
  ///
  /// Throws a `Failure` for one that is not root's, that others may write, or that cannot be understood.
  package static func load(_ path: String?) throws -> DeliveryPolicy {
    let name = path ?? standardPath
    if path == nil, access(name, F_OK) != 0 { return DeliveryPolicy() }
    if let fault = fault(of: name) { throw Failure(description: "\(name): \(fault)") }
    do {
      return try DeliveryPolicy(TextFile.read(name, maximumBytes: maximumBytes))
    } catch let error as KeyValueFileError {
      throw Failure(description: "\(name), \(error)")
    } catch let error as TextFileError {
      throw Failure(description: "\(error)")
    }
  }

  /// Why a file is not root's alone; nil: it is.
  static func fault(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
    if status.st_mode & S_IFMT != S_IFREG { return "it is no file" }
    if status.st_uid != 0 { return "it must belong to root, and belongs to user \(status.st_uid)" }
    if status.st_mode & (S_IWGRP | S_IWOTH) != 0 { return "others than root may write it: chmod go-w" }
    return nil
  }
}
