import ArgumentParser
import Model
import SocketFilter
import SocketInventory
import Testing

@testable import AgentMain

@Suite struct SocketSelectionTests {
  private func query(_ line: String, isSummary: Bool = false) throws -> SocketQuery {
    let words = SocketSpelling.rewritten(["sockets"] + line.split(separator: " ").map(String.init)).dropFirst()
    let selection = try SocketSelection.parse(Array(words))
    return try selection.choice.query(isSummary: isSummary, isCounting: false, showsProcesses: false)
  }

  @Test func statesThatAreNamedReplaceTheOthers() throws {
    #expect(try query("").states == .shownUnasked)
    #expect(try query("-l").states == .waiting)
    #expect(try query("-a").states == .shownWithAll)
    #expect(try query("-tuln state established").states == [.established])
    #expect(try query("-ta exclude listening").states == .all.subtracting([.listening]))
    #expect(try query("--listeners state listening").states == [.listening])
    #expect(throws: CommandFailure.self) { try query("--listeners state established") }
    #expect(try query("", isSummary: true).states == .shownWithAll)
  }

  @Test func anAddressAsksForEveryStateAndForProcesses() throws {
    let plain = try query("-i :80")
    #expect(plain.states == .shownWithAll && plain.includesProcesses && plain.protocols == [.tcp, .udp])
    #expect(try query("-i :80 -l").states == .waiting)
    #expect(try query("-i :80 state established").states == [.established])
    #expect(try query("-i :80 sport = :80").expression?.needs == [])
    guard case .all(let parts) = try query("-i :80 sport = :80").expression else {
      Issue.record("address and filter are joined by and")
      return
    }
    #expect(parts.count == 2)
  }

  @Test func protocolsChooseTheNamesOfServices() throws {
    #expect(throws: CommandFailure.self) { try query("-u sport = :ssh") }
    #expect(try query("-t sport = :ssh").protocols == [.tcp])
  }

  @Test(arguments: [
    ("sprt", "filter \"sprt\": \"sprt\" is no predicate; did you mean sport? (character 1)"),
    ("-i tpc", "-i \"tpc\": \"tpc\" is no protocol, which are tcp, udp and udplite; did you mean tcp? (character 1)"),
  ])
  func mistakesAreUsageAndPointAtThePlace(line: String, message: String) throws {
    let failure = try #require(throws: CommandFailure.self) { try query(line) }
    #expect(failure == .usage(message))
  }

  @Test(arguments: [("-K", "ss -K"), ("--lsof-state=TCP:LISTEN", "state listening")])
  func refusedByName(option: String, message: String) throws {
    let failure = try #require(throws: CommandFailure.self) {
      try UnavailableSocketOptions.parse([option]).refuse()
    }
    #expect(failure.message.contains(message) && failure.exitCode == 64)
  }
}
