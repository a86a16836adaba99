import ArgumentParser
import Listing
import Testing

@testable import AgentMain

/// What is read without the argument parser is what the argument parser reads.
@Suite struct SocketCommandLineTests {
  /// What a line asks for, in the parser's view; nil where it refuses or answers itself.
  private func parsed(_ arguments: [String]) -> SocketRequest? {
    guard let command = try? PeriplusAgent.parseAsRoot(arguments) as? Sockets,
      (try? command.unavailable.refuse()) != nil
    else { return nil }
    return command.request
  }

  private func rewritten(_ line: String) -> [String] {
    SocketSpelling.rewritten(NmapSpelling.rewritten(line.split(separator: " ").map(String.init)))
  }

  @Test(arguments: [
    "sockets", "sockets -tulnp", "sockets -tuanp", "sockets -tan sport = :22", "sockets -tuln state established",
    "sockets -i :80 -n -P", "sockets -nPi :80", "sockets -i", "sockets -si :80", "sockets --all-namespaces -tulnp",
    "sockets state established ( dport = :22 or sport = :22 )", "sockets -tl proc nginx", "sockets -s",
    "sockets -t -4 -a -o json", "sockets -o csv --no-headers --listeners", "sockets --watch -tan --count",
    "sockets -xB6S", "sockets --udplite -wr", "sockets -tt -t", "sockets -o json -o csv", "sockets src 127/8 -t",
    "sockets ! dport = :22", "sockets -i :80 -i 4tcp:22",
  ])
  func theUsualLinesNeedNoParser(line: String) throws {
    let request = try #require(SocketCommandLine.request(rewritten(line)))
    #expect(request == parsed(rewritten(line)))
  }

  @Test(arguments: [
    "", "--version", "--help", "scan 127.0.0.1", "-v sockets", "sockets --help", "sockets -h", "sockets -th",
    "sockets -K", "sockets --kill", "sockets -", "sockets --", "sockets -t -- -x", "sockets -o", "sockets -o nothing",
    "sockets -ojson", "sockets -o=json", "sockets -to json", "sockets --columns pid", "sockets --every 5s --watch",
    "sockets --count=1", "sockets --internet :80", "sockets --internet=", "sockets -s TCP:LISTEN", "sockets -Z",
    "sockets --nothing", "sockets -té", "sockets --help-hidden", "sockets --version", "sockets help", "help sockets",
  ])
  func theRestIsTheParsers(line: String) {
    if line == "sockets help" {
      // A word of a filter, for both.
      #expect(SocketCommandLine.request(rewritten(line)) == parsed(rewritten(line)))
    } else {
      #expect(SocketCommandLine.request(rewritten(line)) == nil)
    }
  }

  /// Lines put together at random, of what is known and what is nearly known.
  @Test func noLineIsReadInTwoWays() {
    var generator = SeededLines(seed: 20)
    var both = 0
    for _ in 0..<300 {
      let arguments = generator.line()
      guard let request = SocketCommandLine.request(arguments) else { continue }
      #expect(request == parsed(arguments), "\(arguments)")
      both += 1
    }
    #expect(both > 60)
  }
}

/// Random arguments of `sockets`.
private struct SeededLines {
  private var state: UInt64

  private static let words = [
    "-t", "-u", "-tuanp", "-tulnp", "-4", "-6", "-46", "-x", "-w", "-S", "-B", "-l", "-a", "-n", "-P", "-p", "-r", "-s",
    "-o", "json", "csv", "wide", "name", "table", "ndjson", "-ojson", "-o=csv", "--count", "--watch", "--listeners",
    "--no-headers", "--all-namespaces", "--udplite", "--internet=any", "--internet=:80", "--internet=", "--internet=-1",
    "--internet", "--", "-", "--columns", "pid", "--every", "5s", "-K", "-h", "--help", "sport", "=", ":22", "state",
    "established", "(", ")", "!", "not", "sockets", "scan", "help", "", " ", "-é", "é", "--version", "--cou", "-t=1",
    "--count=true", "--internet=a=b", "-i", "-1", "--lsof-state=TCP:LISTEN", "--generate-completion-script",
  ]

  init(seed: UInt64) { state = seed }

  /// Steele and Vigna's SplitMix64.
  private mutating func next(below limit: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
  }

  mutating func line() -> [String] {
    ["sockets"] + (0..<next(below: 6)).map { _ in Self.words[next(below: Self.words.count)] }
  }
}
