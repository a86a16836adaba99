internal import ArgumentParser
internal import Listing

struct ContextCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Saved coordinators, so that commands need no flags.",
    subcommands: [List.self, Add.self, Use.self, Remove.self], defaultSubcommand: List.self, aliases: ["contexts"])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the contexts; the current one is marked.")
    @OptionGroup var output: OutputOptions

    func run() throws {
      let file = try ContextFile.load()
      try output.print(
        Listing(
          columns: [
            .init("name", title: "CONTEXT"), .init("isCurrent", title: "CURRENT"), .init("url", title: "URL"),
            .init("hasToken", title: "TOKEN"), .init("caFile", title: "CA FILE", dropPriority: 1),
          ],
          rows: file.contexts.sorted { $0.key < $1.key }.map { name, entry in
            [
              .text(name), .boolean(name == file.current), .text(entry.url), .boolean(entry.token != nil),
              .text(ifPresent: entry.caFile),
            ]
          }))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Save a coordinator, and use it from now on.")
    @Argument var name: String
    @Option(help: "The coordinator's URL.") var url: String
    @Option(help: "File with the API token, - for standard input; the token is copied.") var tokenFile: String?
    @Option(help: "PEM file of the authority that signed the coordinator's certificate.") var caFile: String?

    func run() throws {
      guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
        throw CommandFailure("--url \"\(url)\": expected http://… or https://…", status: .usage)
      }
      var file = try ContextFile.load()
      file.contexts[name] = .init(url: url, token: try tokenFile.map(ConnectionOptions.token), caFile: caFile)
      file.current = name
      try file.save()
    }
  }

  struct Use: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Use a saved coordinator from now on.")
    @Argument var name: String

    func run() throws {
      var file = try ContextFile.load()
      guard file.contexts[name] != nil else { throw CommandFailure("there is no context \"\(name)\"", status: .usage) }
      file.current = name
      try file.save()
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a saved coordinator.", aliases: ["rm"])
    @Argument var name: String

    func run() throws {
      var file = try ContextFile.load()
      guard file.contexts.removeValue(forKey: name) != nil else {
        throw CommandFailure("there is no context \"\(name)\"", status: .usage)
      }
      if file.current == name { file.current = nil }
      try file.save()
    }
  }
}
