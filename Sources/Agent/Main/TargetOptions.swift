internal import ArgumentParser
internal import LocalSystem
internal import Model

/// The targets and exclusions of a command line, as nmap spells them.
struct TargetOptions: ParsableArguments {
  @Argument(help: "Addresses, networks (10.0.0.0/24), octet lists (10.0.0-3.1,5), ranges a-b, host names.")
  var targets: [String] = []

  @Option(
    name: .customLong("iL", withSingleDash: true),
    help: ArgumentHelp("Read targets from a file; - is standard input.", valueName: "file"))
  var listFiles: [String] = []

  @Option(name: .customLong("exclude"), help: ArgumentHelp("Leave these targets out.", valueName: "list"))
  var exclude: [String] = []

  @Option(
    name: [.customLong("exclude-file"), .customLong("excludefile")],
    help: ArgumentHelp("Leave out the targets that a file lists.", valueName: "file"))
  var excludeFiles: [String] = []

  @Flag(name: .customLong("resolve-all"), help: "Take every address of a host name, not the first alone.")
  var resolveAll = false

  /// Four million addresses, one a line.
  private static let maximumFileBytes = 64 << 20

  /// The addresses named, less the exclusions. Blocks on files and on the resolver.
  ///
  /// An excluded name stands for all of its addresses; one that cannot be resolved ends the command, because what should
  /// have been excluded would be scanned.
  /// - Throws: `CommandFailure` for what cannot be read or resolved, and where no target was named.
  func addresses() throws(CommandFailure) -> AddressSet {
    guard (listFiles + excludeFiles).count(where: { $0 == "-" }) <= 1 else {
      throw .usage("standard input (-) can be read once only; put one of the lists in a file")
    }
    let wanted = try list(targets, files: listFiles)
    guard !wanted.isEmpty else { throw .usage("no target: name an address, a network or a host, or a file with -iL") }
    let unwanted = try list(exclude, files: excludeFiles)
    let excluded = try resolve(unwanted, everyAddress: true, what: "the excluded ")
    return try resolve(wanted, everyAddress: resolveAll, what: "").subtracting(excluded)
  }

  private func list(_ arguments: [String], files: [String]) throws(CommandFailure) -> TargetList {
    var list = TargetList()
    do { list.append(try TargetList.parse(arguments)) } catch { throw .usage(error.description) }
    for file in files {
      let text: String
      do { text = try TextFile.read(file, maximumBytes: Self.maximumFileBytes) } catch {
        throw .failed(error.description)
      }
      do { list.append(try TargetList.parse(listFile: text)) } catch {
        throw .usage("\(file == "-" ? "standard input" : file), \(error)")
      }
    }
    return list
  }

  private func resolve(_ list: TargetList, everyAddress: Bool, what: String) throws(CommandFailure) -> AddressSet {
    let answer = HostNames.resolve(list.hostNames)
    if let failure = answer.failed.first {
      let others = answer.failed.count - 1
      let rest = others > 0 ? ", nor \(others) other name\(others > 1 ? "s" : "")" : ""
      throw .failed("cannot resolve \(what)\(failure.name): \(failure.reason)\(rest)")
    }
    do { return try list.addresses(resolved: answer.resolved, everyAddress: everyAddress) } catch {
      throw .failed(error.description)
    }
  }
}
