internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct ZonesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zones", abstract: "Where agents stand on the network.",
    subcommands: [List.self, Add.self], defaultSubcommand: List.self, aliases: ["zone"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the zones.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let zones: [ZoneRow] = try await PageReading.rows(connection.client(), "/zones")
      try output.print(ZoneListing.listing(zones))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a zone.")
    @Argument var name: String
    @Option(help: "The site it lies in; may be left out while there is only one.") var site: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let zone: ZoneRow = try await connection.client().post(
        OperatorAPI.basePath + "/zones", NewPlace(name: name, site: site))
      try output.print(ZoneListing.listing([zone]))
    }
  }
}

enum ZoneListing {
  static func listing(_ zones: [ZoneRow]) -> Listing {
    Listing(
      columns: [
        .init("name", title: "ZONE"), .init("site", title: "SITE"),
        .init("agents", title: "AGENTS", alignment: .trailing), .init("createdAt", title: "CREATED", dropPriority: 1),
      ],
      rows: zones.map { zone in
        [.text(zone.name), .text(zone.site), .integer(Int64(zone.agents)), .time(zone.createdAt.milliseconds)]
      })
  }
}
