/// Options as nmap's users type them, made into what the argument parser reads.
enum NmapSpelling {
  /// The arguments behind the program's name, with port expressions that begin with a hyphen, which the parser would take
  /// for options, joined to their option (`-p -100` is `-p-100`) or, where they stand alone (`ports -100`), moved behind
  /// `--`. Pure; everything else passes unchanged, and so does all that follows a `--`.
  static func rewritten(_ arguments: [String]) -> [String] {
    // In sockets -p is a switch and -4 and -6 are options, as in ss.
    let command = arguments.first { !$0.hasPrefix("-") }
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    var result: [String] = []
    var standalone: [String] = []
    var position = 0
    while position < end {
      let argument = arguments[position]
      position += 1
      if command != "sockets", position < end, isOpenRange(arguments[position]), let glue = glue(behind: argument) {
        result.append(argument + glue + arguments[position])
        position += 1
      } else if command == "ports", isOpenRange(argument) {
        standalone.append(argument)
      } else {
        result.append(argument)
      }
    }
    let rest = arguments[end...]
    if standalone.isEmpty { return result + rest }
    return result + ["--"] + standalone + rest.dropFirst()
  }

  /// `-100`, `-100,443`: ports from the first on.
  private static func isOpenRange(_ argument: String) -> Bool {
    argument.utf8.first == UInt8(ascii: "-")
      && argument.utf8.dropFirst().first.map { (0x30...0x39).contains($0) } == true
  }

  /// What joins the value to an option that takes ports; nil for any other option.
  private static func glue(behind option: String) -> String? {
    switch option {
    case "-p": ""
    case "--ports", "--exclude-ports": "="
    default: nil
    }
  }
}
