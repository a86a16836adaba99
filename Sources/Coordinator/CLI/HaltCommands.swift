internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct HaltCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halt", abstract: "Stop all probing now; nothing is probed until unhalt.",
    discussion:
      "Without --site everywhere. Agents that can be reached stop within a second and keep what they have found.")

  @Option(help: "Only in this site.") var site: String?
  @Option(help: "Only in this zone.") var zone: String?
  @Option(help: "Why.") var note: String
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let page: Page<HaltRow> = try await connection.client().post(
      OperatorAPI.basePath + "/halt", HaltPlace(site: site, zone: zone, note: note))
    try output.print(HaltListing.listing(page.rows))
  }
}

struct UnhaltCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unhalt", abstract: "Let probing go on; without --site or --zone everywhere.")

  @Option(help: "Only in this site.") var site: String?
  @Option(help: "Only in this zone.") var zone: String?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let page: Page<HaltRow> = try await connection.client().post(
      OperatorAPI.basePath + "/unhalt", HaltPlace(site: site, zone: zone))
    try output.print(HaltListing.listing(page.rows))
  }
}

struct HaltsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halts", abstract: "Where probing is halted, by whom, and why.")
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let halts: [HaltRow] = try await PageReading.rows(connection.client(), "/halts")
    try output.print(HaltListing.listing(halts))
  }
}

enum HaltListing {
  static func listing(_ halts: [HaltRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "HALT"), .init("site", title: "SITE"), .init("zone", title: "ZONE"),
        .init("by", title: "BY"), .init("at", title: "SINCE"), .init("note", title: "NOTE"),
      ],
      rows: halts.map { halt in
        [
          .text(halt.id.description), .text(halt.site ?? "every site"), .text(halt.zone ?? "every zone"),
          .text(halt.by), .time(halt.at.milliseconds), .text(halt.note),
        ]
      })
  }
}
