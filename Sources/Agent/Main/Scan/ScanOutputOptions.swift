internal import ArgumentParser
internal import Listing
internal import ScanReporting

/// What a scan prints, and into which files.
struct ScanOutputOptions: ParsableArguments {
  @Flag(name: .customLong("open"), help: "Only what is open.")
  var onlyOpen = false

  @Flag(name: .customLong("reason"), help: "Show why each state was concluded.")
  var showReason = false

  @Flag(
    name: .customShort("v"),
    help: "Tell more: open ports as they are found, ports in other states, silent hosts; -vv and -vvv even more.")
  var verbosity: Int

  @Option(name: .customShort("o"), help: "On standard output: table, wide, json, ndjson, csv or name.")
  var format: ListingFormat?

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  @Option(
    name: .customLong("oN", withSingleDash: true),
    help: ArgumentHelp("nmap's text into a file; - is standard output, in each of these.", valueName: "file"))
  var textFile: String?

  @Option(
    name: .customLong("oG", withSingleDash: true),
    help: ArgumentHelp("nmap's lines for grep into a file.", valueName: "file"))
  var greppableFile: String?

  @Option(
    name: .customLong("oX", withSingleDash: true), help: ArgumentHelp("nmap's XML into a file.", valueName: "file"))
  var xmlFile: String?

  @Option(
    name: .customLong("oJ", withSingleDash: true),
    help: ArgumentHelp("JSON rows into a file, as -o json prints them.", valueName: "file"))
  var jsonFile: String?

  @Option(
    name: .customLong("oA", withSingleDash: true),
    help: ArgumentHelp("BASE.nmap, BASE.gnmap, BASE.xml and BASE.json at once.", valueName: "base"))
  var allFiles: String?

  /// A file and what goes into it.
  struct Destination {
    let path: String
    let kind: Kind
  }

  /// What a file holds.
  enum Kind {
    case nmap(NmapReport.Format)
    case json
  }

  /// The files asked for.
  ///
  /// - Throws: `CommandFailure` where two of them are the same, or two want standard output.
  func destinations() throws(CommandFailure) -> [Destination] {
    var all: [Destination] = []
    func add(_ path: String?, _ kind: Kind) { if let path { all.append(Destination(path: path, kind: kind)) } }
    add(textFile, .nmap(.text))
    add(greppableFile, .nmap(.greppable))
    add(xmlFile, .nmap(.xml))
    add(jsonFile, .json)
    if let allFiles {
      guard allFiles != ReportFile.standardOutput else { throw .usage("-oA takes the beginning of file names, not -") }
      add(allFiles + ".nmap", .nmap(.text))
      add(allFiles + ".gnmap", .nmap(.greppable))
      add(allFiles + ".xml", .nmap(.xml))
      add(allFiles + ".json", .json)
    }
    let paths = all.map(\.path)
    if let twice = paths.first(where: { path in paths.count { $0 == path } > 1 }) {
      let name = twice == ReportFile.standardOutput ? "standard output" : "\"\(twice)\""
      throw .usage("two outputs go to \(name); give each a file of its own")
    }
    if format != nil, paths.contains(ReportFile.standardOutput) {
      throw .usage("-o and another output both go to standard output; give one of them a file")
    }
    return all
  }

  /// What was given of this, by option, for a scan that goes on later.
  var given: [String: String] {
    var given: [String: String] = [:]
    if onlyOpen { given["--open"] = "" }
    if showReason { given["--reason"] = "" }
    return given
  }

  /// Takes over what an earlier call was given.
  mutating func adopt(_ earlier: [String: String]) {
    onlyOpen = onlyOpen || earlier["--open"] != nil
    showReason = showReason || earlier["--reason"] != nil
  }
}
