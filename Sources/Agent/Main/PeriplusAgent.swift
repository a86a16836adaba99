internal import ArgumentParser
internal import Glibc

/// The agent: one program for the work of a coordinator and for work alone.
@main
struct PeriplusAgent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "periplus-agent",
    abstract: "Finds what answers on a network and what listens on this host.",
    version: "0.1.0",
    subcommands: [
      Enroll.self,
      Rekey.self,
      Run.self,
      ServeInventory.self,
      Scan.self,
      Sockets.self,
      Targets.self,
      Ports.self,
      ListFreePorts.self,
    ])

  /// The command as it was typed, without the folder of the program, which is nobody's business in a report.
  static var commandLine: String {
    (["periplus-agent"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
  }

  /// On the main thread, so that commands without `async` may block: nothing else runs then.
  @MainActor
  static func main() async {
    do {
      let arguments = SocketSpelling.rewritten(NmapSpelling.rewritten(Array(CommandLine.arguments.dropFirst())))
      if let request = SocketCommandLine.request(arguments) { return try request.run() }
      var command = try parseAsRoot(arguments)
      if var asyncCommand = command as? any AsyncParsableCommand {
        try await asyncCommand.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      failure.report()
      Glibc.exit(failure.exitCode)
    } catch {
      // Help and version go the parser's own way; its usage errors, which come with several lines, become one.
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      let lines = message(for: error).split(separator: "\n").map { $0.drop { $0 == " " } }
      let failure = CommandFailure.usage(lines.joined(separator: " ") + " (see --help)")
      failure.report()
      Glibc.exit(failure.exitCode)
    }
  }
}
