internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct ExpectationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expectations", abstract: "Who may listen where; they arrive by apply -f.",
    subcommands: [List.self, Check.self, Remove.self], defaultSubcommand: List.self, aliases: ["expectation"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the expectations.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let page: Page<ExpectationRow> = try await connection.client().get(OperatorAPI.basePath + "/expectations")
      try output.print(
        Listing(
          columns: [
            .init("name", title: "NAME"), .init("hosts", title: "HOSTS"), .init("ports", title: "PORTS"),
            .init("processes", title: "PROCESSES"), .init("users", title: "USERS"),
            .init("exposure", title: "EXPOSURE"), .init("required", title: "REQUIRED"),
            .init("site", title: "SITE", dropPriority: 2), .init("note", title: "NOTE", dropPriority: 5),
          ],
          rows: page.rows.map { row in
            [
              .text(row.name), .text(row.hosts.joined(separator: ",")), .text(row.ports),
              .text(row.processes.isEmpty ? "any" : row.processes.joined(separator: ",")),
              .text(row.users.isEmpty ? "any" : row.users.joined(separator: ",")), .text(row.exposure),
              .boolean(row.required), .text(row.site ?? "*"), .text(ifPresent: row.note),
            ]
          }))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget an expectation.")
    @Argument(help: "The name.") var name: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }), !name.isEmpty else {
        throw CommandFailure("\"\(name)\": no expectation has such a name", status: .usage)
      }
      try await connection.client().delete(OperatorAPI.basePath + "/expectations/\(name)")
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare what is with what is expected.",
      discussion: "Hosts of which nothing is expected are left alone. With --fail-on-drift the exit code is 10 if "
        + "anything is not as expected, or what must be there is not. With --as-of TIME the present expectations are compared with "
        + "what was known by then; expectations of then are not kept.")
    @Flag(help: "Exit with 10 if anything drifts.") var failOnDrift = false
    @Option(help: "As it was observed by this time: 7d (ago), 2026-01-31, RFC 3339.") var asOf: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let answer: DriftAnswer = try await connection.client().get(
        OperatorAPI.basePath + "/expectations/check", query: asOf.map { [("asOf", $0)] } ?? [], timeout: .seconds(120))
      guard answer.expectations > 0 else {
        throw CommandFailure("there are no expectations; apply -f FILE brings them in")
      }
      let missing: [[ListingValue]] = answer.missing.map { name in
        [
          .absent, .absent, .absent, .text("\(name) is required, and nothing is open or listened on there"), .absent,
          .absent,
        ]
      }
      try output.print(
        Listing(
          columns: [
            .init("address", title: "ADDRESS"), .init("port", title: "PORT", alignment: .trailing),
            .init("protocol", title: "PROTO"), .init("detail", title: "DRIFT"),
            .init("verdict", title: "VERDICT", dropPriority: 6), .init("agent", title: "AGENT", dropPriority: 4),
          ],
          rows: answer.drift.map { drift in
            [
              .text(drift.endpoint.address.description), .integer(Int64(drift.endpoint.port.rawValue)),
              .text(drift.endpoint.protocol.rawValue), .text(drift.detail),
              .text(ifPresent: drift.endpoint.verdict?.rawValue), .text(ifPresent: drift.endpoint.agent),
            ]
          } + missing))
      let found = answer.drift.count + answer.missing.count
      if !output.isForMachines {
        StandardStream.error.print(
          "\(found) not as expected; \(answer.compared) endpoints compared"
            + (answer.isWhole ? "" : ", and there are more than one check looks at"))
      }
      if failOnDrift, found > 0 { throw ExitCode(10) }
      // What was not looked at may drift.
      if failOnDrift, !answer.isWhole { throw ExitCode.failure }
    }
  }
}
