import Glibc
import LinuxSystem
import Testing

/// A Unix socket that answers one connection after the other with what it was told, whatever is asked.
final class ScriptedService: Sendable {
  let path: String
  private let folder: String
  private let thread: SystemThread

  init(answers: [[UInt8]]) throws {
    var template = Array("/tmp/pp-scripted-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
    path = folder + "/s"
    let listener = try SystemCall.retrying("socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let octets = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
    try withUnsafeBytes(of: address) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      try SystemCall.retrying("bind") { bind(listener, pointer, socklen_t(bytes.count)) }
    }
    try SystemCall.retrying("listen") { listen(listener, 8) }
    thread = try SystemThread(name: "scripted") {
      let listener = Descriptor(owning: listener)
      for answer in answers {
        let peer = Descriptor(owning: accept(listener.number, nil, nil))
        _ = send(peer.number, answer, answer.count, Int32(MSG_NOSIGNAL))
      }
    }
  }

  /// Waits until every answer was given.
  func remove() {
    thread.join()
    unlink(path)
    rmdir(folder)
  }
}
