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

  @Flag(name: .customShort("6"), help: "Take the IPv6 addresses of host names only.")
  var ipv6Names = false

  /// What a command line names and what it leaves out.
  struct Chosen {
    var wanted: AddressSet
    var excluded: AddressSet

    /// The names typed, by the addresses that they stand for.
    var names: [IPAddress: String]
  }

  /// Four million addresses, one a line.
  private static let maximumFileBytes = 64 << 20

  /// The addresses named, less the exclusions. Blocks on files and on the resolver.
  ///
  /// An excluded name stands for all of its addresses; one that cannot be resolved ends the command, because what should
  /// have been excluded would be scanned.
  /// - Throws: `CommandFailure` for what cannot be read or resolved, and where no target was named.
  func addresses() throws(CommandFailure) -> AddressSet {
    let chosen = try chosen()
    guard !chosen.wanted.isEmpty else {
      throw .usage("no target: name an address, a network or a host, or a file with -iL")
    }
    return chosen.wanted.subtracting(chosen.excluded)
  }

  /// The addresses named and those excluded, each maybe none. Blocks on files and on the resolver.
  /// - Throws: `CommandFailure` for what cannot be read or resolved.
  func chosen() throws(CommandFailure) -> Chosen {
    guard (listFiles + excludeFiles).count(where: { $0 == "-" }) <= 1 else {
      throw .usage("standard input (-) can be read once only; put one of the lists in a file")
    }
    let wanted = try list(targets, files: listFiles)
    let unwanted = try list(exclude, files: excludeFiles)
    let excluded = try resolve(unwanted, everyAddress: true, what: "the excluded ", family: nil).addresses
    let (addresses, names) = try resolve(
      wanted, everyAddress: resolveAll, what: "", family: ipv6Names ? .ipv6 : nil)
    return Chosen(wanted: addresses, excluded: excluded, names: names)
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

  private func resolve(
    _ list: TargetList, everyAddress: Bool, what: String, family: IPAddress.Family?
  ) throws(CommandFailure) -> (addresses: AddressSet, names: [IPAddress: String]) {
    let answer = HostNames.resolve(list.hostNames, family: family)
    if let failure = answer.failed.first {
      let others = answer.failed.count - 1
      let rest = others > 0 ? ", nor \(others) other name\(others > 1 ? "s" : "")" : ""
      throw .failed("cannot resolve \(what)\(failure.name): \(failure.reason)\(rest)")
    }
    var names: [IPAddress: String] = [:]
    for (name, addresses) in answer.resolved {
      for address in everyAddress ? addresses[...] : addresses.prefix(1) { names[address.unmapped] = name }
    }
    do { return (try list.addresses(resolved: answer.resolved, everyAddress: everyAddress), names) } catch {
      throw .failed(error.description)
    }
  }
}
