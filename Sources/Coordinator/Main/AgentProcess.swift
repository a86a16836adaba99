internal import CoordinatorCLI
internal import Foundation

/// An agent started by the demo. Its messages go where this program's go.
final class AgentProcess: Sendable {
  private let process: Process

  /// Throws a `CommandFailure` if it cannot be started.
  init(_ path: String, _ arguments: [String]) throws {
    process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.standardError
    do {
      try process.run()
    } catch {
      throw CommandFailure("\(path) cannot be started; build it, or name it with --agent")
    }
  }

  var isRunning: Bool { process.isRunning }

  /// Runs to the end. Throws a `CommandFailure` for a status other than 0.
  static func run(_ path: String, _ arguments: [String]) async throws {
    let process = try AgentProcess(path, arguments)
    while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
    guard process.process.terminationStatus == 0 else {
      throw CommandFailure("periplus-agent \(arguments.first ?? "") failed; its messages are above")
    }
  }

  /// SIGTERM, then a while to give back what it holds, then SIGKILL. Blocks for up to five seconds.
  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    let deadline = Date(timeIntervalSinceNow: 5)
    while process.isRunning, Date() < deadline { usleep(20_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// The periplus-agent in this program's folder.
  static func besideThisProgram() throws -> String {
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = program.map { URL(filePath: $0).deletingLastPathComponent().path() } ?? "./"
    let path = folder + "periplus-agent"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw CommandFailure("\(path) is not there; build it, or name it with --agent")
    }
    return path
  }
}
