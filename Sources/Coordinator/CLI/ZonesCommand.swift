internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct ZonesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zones", abstract: "Where agents stand on the network.",
    subcommands: [List.self, Add.self, Edit.self], defaultSubcommand: List.self, aliases: ["zone"])

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

extension ZonesCommand {
  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bound what the agents of a zone do together. What is not named is not bounded.")
    @Argument(help: "The zone's name, or zone:3.") var zone: String
    @Option(help: "The site it lies in; may be left out while the name says which.") var site: String?
    @Option(help: "Probes a second, all its agents together.") var rate: Int?
    @Option(help: "Jobs at once.") var maxJobs: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let zones: [ZoneRow] = try await PageReading.rows(client, "/zones")
      let found = zones.filter { ($0.name == zone || $0.id.description == zone) && (site == nil || $0.site == site) }
      guard let only = found.first else { throw CommandFailure("there is no zone \"\(zone)\"") }
      guard found.count == 1 else {
        throw CommandFailure(
          "several sites have a zone \"\(zone)\": say --site \(found.map(\.site).joined(separator: " or "))",
          status: .usage)
      }
      let row: ZoneRow = try await client.put(
        OperatorAPI.basePath + "/zones/\(only.id.rawValue)/bounds", ZoneBounds(rate: rate, maximumJobs: maxJobs))
      try output.print(ZoneListing.listing([row]))
    }
  }
}

enum ZoneListing {
  static func listing(_ zones: [ZoneRow]) -> Listing {
    Listing(
      columns: [
        .init("name", title: "ZONE"), .init("site", title: "SITE"),
        .init("agents", title: "AGENTS", alignment: .trailing),
        .init("rate", title: "RATE", alignment: .trailing),
        .init("maximumJobs", title: "MAX JOBS", alignment: .trailing),
        .init("createdAt", title: "CREATED", dropPriority: 1),
      ],
      rows: zones.map { zone in
        [
          .text(zone.name), .text(zone.site), .integer(Int64(zone.agents)),
          .integer(ifPresent: zone.rate.map { Int64($0) }), .integer(ifPresent: zone.maximumJobs.map { Int64($0) }),
          .time(zone.createdAt.milliseconds),
        ]
      })
  }
}
