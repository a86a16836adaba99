import Glibc
import LinuxSystem
import Model

/// A server on a loopback port of the kernel's choice that does with each connection what a test says, on a thread of its
/// own for each.
final class ScriptedServer: Sendable {
  let port: Port
  private let socket: LoopbackSocket
  private let thread: SystemThread

  /// - Parameter serve: gets a connection, which is closed when it returns.
  /// - Throws: `SystemError` where the machine has no socket or thread left.
  init(_ serve: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
    let socket = try LoopbackSocket(isListening: true)
    let number = socket.descriptor.number
    port = socket.port
    thread = try SystemThread(name: "server") {
      while true {
        let connection = accept(number, nil, nil)
        guard connection >= 0 else { return }
        let worker = try? SystemThread(name: "connection") {
          serve(connection)
          close(connection)
        }
        if worker == nil { close(connection) }
      }
    }
    self.socket = socket
  }

  deinit {
    // accept(2) ends with EINVAL.
    shutdown(socket.descriptor.number, Int32(SHUT_RDWR))
    thread.join()
  }
}
