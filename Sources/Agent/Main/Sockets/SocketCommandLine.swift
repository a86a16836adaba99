internal import Listing

/// Reads the usual lines of `sockets` without the argument parser, which needs longer for one than the kernel for ten
/// thousand sockets.
enum SocketCommandLine {
  /// What the arguments behind the program's name, as `SocketSpelling` leaves them, ask for; nil where the argument parser
  /// has to look: for every other command, for help, for mistakes and for rare spellings. Where there is an answer it is the
  /// parser's (`SocketCommandLineTests`). Pure.
  static func request(_ arguments: [String]) -> SocketRequest? {
    guard arguments.first == "sockets" else { return nil }
    var request = SocketRequest()
    var position = 1
    while position < arguments.count {
      let argument = arguments[position]
      position += 1
      if !argument.utf8.starts(with: "-".utf8) {
        request.choice.filter.append(argument)
      } else if argument == "-o" {
        guard position < arguments.count, let format = ListingFormat(rawValue: arguments[position]) else { return nil }
        request.format = format
        position += 1
      } else if argument.utf8.starts(with: "--".utf8) {
        guard takeLong(argument, &request) else { return nil }
      } else {
        // A hyphen alone is for the parser to judge.
        guard argument.utf8.count > 1, argument.utf8.dropFirst().allSatisfy({ takeSwitch($0, &request) }) else {
          return nil
        }
      }
    }
    return request
  }

  private static func takeLong(_ option: String, _ request: inout SocketRequest) -> Bool {
    switch option {
    case "--udplite": request.choice.udplite = true
    case "--all-namespaces": request.choice.allNamespaces = true
    case "--listeners": request.choice.listeners = true
    case "--count": request.count = true
    case "--watch": request.watch = true
    case "--no-headers": request.noHeaders = true
    default:
      // As `SocketSpelling` writes -i.
      let internet = "--internet="
      guard option.hasPrefix(internet), option.utf8.count > internet.utf8.count else { return false }
      request.choice.internet.append(String(option.dropFirst(internet.count)))
    }
    return true
  }

  private static func takeSwitch(_ letter: UInt8, _ request: inout SocketRequest) -> Bool {
    switch letter {
    case UInt8(ascii: "t"): request.choice.tcp = true
    case UInt8(ascii: "u"): request.choice.udp = true
    case UInt8(ascii: "w"): request.choice.raw = true
    case UInt8(ascii: "S"): request.choice.sctp = true
    case UInt8(ascii: "x"): request.choice.unix = true
    case UInt8(ascii: "l"): request.choice.listening = true
    case UInt8(ascii: "B"): request.choice.boundInactive = true
    case UInt8(ascii: "a"): request.choice.all = true
    case UInt8(ascii: "n"), UInt8(ascii: "P"): break
    case UInt8(ascii: "p"): request.choice.processes = true
    case UInt8(ascii: "4"): request.choice.ipv4 = true
    case UInt8(ascii: "6"): request.choice.ipv6 = true
    case UInt8(ascii: "r"): request.resolve = true
    case UInt8(ascii: "s"): request.summary = true
    default: return false
    }
    return true
  }
}
