internal import ArgumentParser

/// `periplus-agent ports`: what a port expression stands for, and what a port is.
struct Ports: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the ports that an expression stands for, or tells what a port is.",
    subcommands: [PortsList.self, PortsAbout.self],
    defaultSubcommand: PortsList.self)
}
