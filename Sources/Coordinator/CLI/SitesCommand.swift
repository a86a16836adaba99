internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct SitesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sites", abstract: "Address spaces in which one address means one host.",
    subcommands: [List.self, Add.self], defaultSubcommand: List.self, aliases: ["site"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the sites.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let sites: [SiteRow] = try await PageReading.rows(connection.client(), "/sites")
      try output.print(SiteListing.listing(sites))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a site, with one zone called default.")
    @Argument var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let site: SiteRow = try await connection.client().post(OperatorAPI.basePath + "/sites", NewPlace(name: name))
      try output.print(SiteListing.listing([site]))
    }
  }
}

enum SiteListing {
  static func listing(_ sites: [SiteRow]) -> Listing {
    Listing(
      columns: [
        .init("name", title: "SITE"), .init("zones", title: "ZONES"),
        .init("createdAt", title: "CREATED", dropPriority: 1),
      ],
      rows: sites.map { site in
        [.text(site.name), .list(site.zones.map { .text($0) }), .time(site.createdAt.milliseconds)]
      })
  }
}
