internal import ArgumentParser
internal import CoordinatorCLI
internal import Wire

@main
struct Periplus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "periplus",
    abstract: "Which ports on your networks answer, who is behind them, and what changed.",
    version: ProgramVersion.text,
    subcommands: [Serve.self, Demo.self, Backup.self, Restore.self, Compact.self] + OperatorCommands.all)

  static func main() async {
    await CommandRunner.run(Self.self)
  }
}
