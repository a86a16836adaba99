internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Wire

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Put what a YAML file describes in place, all or nothing.",
    discussion:
      "What is not there is added, what differs is changed, and what the file does not name stays. Again it changes nothing."
  )

  @Option(name: .shortAndLong, help: "The file, - for standard input.") var file: String
  @Flag(help: "Show the differences, and change nothing.") var dryRun = false
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  private static let fileBytes = 4 << 20

  func run() async throws {
    let text: String
    do {
      text = try TextFile.read(file, maximumBytes: Self.fileBytes)
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    let described = try ConfigurationFile(text, name: file == "-" ? "standard input" : file)
    var document = described.document
    document.isDryRun = dryRun ? true : nil
    let changes: [ConfigurationChangeRow]
    do {
      let page: Page<ConfigurationChangeRow> = try await connection.client().post(
        OperatorAPI.basePath + "/apply", document)
      changes = page.rows
    } catch let refused as RefusedRequest {
      throw described.failure(refused.problem)
    }
    try output.print(
      Listing(
        columns: [
          .init("kind", title: "KIND"), .init("name", title: "NAME"), .init("action", title: "ACTION"),
          .init("differences", title: "DIFFERENCES"),
        ],
        rows: changes.map { change in
          [
            .text(change.kind), .text(change.name), .text(change.action),
            .list(change.differences.map { .text($0) }),
          ]
        }))
    let counts = ["added", "changed", "unchanged"].map { action in
      "\(changes.count { $0.action == action }) \(action)"
    }
    StandardStream.error.print("\(counts.joined(separator: ", "))\(dryRun ? "; this was a dry run" : "")")
  }
}
