internal import CoordinatorCore
internal import Foundation

/// A program that the configuration lists, with the message on its standard input; no shell, no arguments.
enum CommandRun {
  private static let patience = Duration.seconds(30)

  static func run(_ path: String, _ message: AlertMessage) async -> DeliveryOutcome {
    do {
      let process = Process()
      process.executableURL = URL(filePath: path)
      process.arguments = []
      process.environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PERIPLUS_MESSAGE": message.id,
        "PERIPLUS_ALERT": message.alert, "PERIPLUS_SEVERITY": message.severity.rawValue,
      ]
      process.standardInput = try input(Payloads.webhook(message))
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let deadline = ContinuousClock.now + patience
      while process.isRunning {
        guard ContinuousClock.now < deadline, !Task.isCancelled else {
          kill(process.processIdentifier, SIGKILL)
          return .failed("\(path) did not end within \(patience)", retryAfter: nil, isDown: false)
        }
        try? await Task.sleep(for: .milliseconds(10))
      }
      let status = process.terminationStatus
      if process.terminationReason == .exit, status == 0 { return .delivered }
      let words = process.terminationReason == .exit ? "exit status \(status)" : "signal \(status)"
      return .failed("\(path) ended with \(words)", retryAfter: nil, isDown: false)
    } catch {
      return .failed("\(path) cannot be started", retryAfter: nil, isDown: true)
    }
  }

  /// A file without a name: a pipe would hold up whoever writes into it when nobody reads.
  private static func input(_ octets: [UInt8]) throws -> FileHandle {
    var path = Array("\(NSTemporaryDirectory())/periplus-message-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(path)
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: octets)
    try file.seek(toOffset: 0)
    return file
  }
}
