internal import ArgumentParser

struct SchedulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedules", abstract: "Scans that run by themselves.",
    subcommands: [NextRuns.self, ClockChanges.self], aliases: ["schedule"])
}
