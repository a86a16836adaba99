internal import Glibc
internal import LinuxSystem
package import Worker

/// Asks the inventory service for a sample.
package enum InventoryClient {
  /// Longer than the service takes for the largest host; a question that waits behind others waits no longer.
  package static let patience: Duration = .seconds(60)

  /// Asks once. Blocks until the answer or until `patience` ends: call it on a thread of its own.
  ///
  /// - Throws: `InventoryServiceError`.
  package static func sample(
    at path: String, within patience: Duration = patience
  ) throws(InventoryServiceError) -> InventorySample {
    guard let address = LocalAddress(path: path) else {
      throw InventoryServiceError(.failed, "\(path) is too long for the path of a socket")
    }
    var stream: LocalStream
    do throws(SystemError) { stream = try connect(address, patience) } catch {
      throw InventoryServiceError(.failed, "\(error)")
    }
    // A service that refuses this user does so before it is asked, and may have gone: its answer is there all the same.
    try? stream.send(InventoryExchange.question)
    switch try InventoryExchange.head(try stream.line(limit: InventoryExchange.headBytes)) {
    case .refused(let reason): throw InventoryServiceError(.refused, reason)
    case .sample(let length): return try InventoryExchange.sample(try stream.octets(length))
    }
  }

  private static func connect(_ address: LocalAddress, _ patience: Duration) throws(SystemError) -> LocalStream {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket(AF_UNIX)") {
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      })
    // How long connect waits for a place in a full queue (unix_stream_connect, net/unix/af_unix.c).
    var limit = timeval(tv_sec: max(1, Int(patience.components.seconds)), tv_usec: 0)
    let number = descriptor.number
    try SystemCall.retrying("setsockopt(SO_SNDTIMEO)") {
      setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    let code = SystemCall.once { address.call { Glibc.connect(number, $0, $1) } }
    guard code == 0 else { throw SystemError(call: "connect", errno: code) }
    return try LocalStream(descriptor, within: patience)
  }
}
