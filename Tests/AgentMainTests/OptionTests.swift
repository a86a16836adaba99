import ArgumentParser
import Model
import Testing

@testable import AgentMain

@Suite struct OptionTests {
  private func targets(_ arguments: String...) throws -> TargetOptions {
    try TargetOptions.parse(arguments)
  }

  @Test func exclusionsWin() throws {
    let options = try targets("10.0.0.0/30", "fe80::1%eth0", "--exclude", "10.0.0.1,10.0.0.2", "--exclude", "fe80::/10")
    #expect(try options.addresses().description == "10.0.0.0 10.0.0.3")
  }

  @Test func whatCannotBeReadIsUsageAndWhatCannotBeResolvedFails() throws {
    let malformed = try #require(throws: CommandFailure.self) { try targets("10.0.0.300").addresses() }
    #expect(malformed.exitCode == 64)
    let nothing = try #require(throws: CommandFailure.self) { try targets().addresses() }
    #expect(nothing.exitCode == 64)
    let excluded = try #require(throws: CommandFailure.self) {
      try targets("10.0.0.1", "--exclude", "no-such-name.invalid").addresses()
    }
    #expect(excluded.exitCode == 1)
    #expect(excluded.message.hasPrefix("cannot resolve the excluded no-such-name.invalid"))
    let missing = try #require(throws: CommandFailure.self) { try targets("-iL", "/nonexistent/list").addresses() }
    #expect(missing.exitCode == 1)
    let twice = try #require(throws: CommandFailure.self) { try targets("-iL", "-", "--exclude-file", "-").addresses() }
    #expect(twice.exitCode == 64)
  }

  @Test func portOptionsCombineAsInNmap() throws {
    func chosen(_ request: PortRequest) throws -> String { try request.selection(names: .builtIn).description }
    #expect(try PortRequest().selection(names: .builtIn).count == 1000)
    #expect(try PortRequest(isFast: true).selection(names: .builtIn).count == 100)
    #expect(try chosen(PortRequest(spec: "1-1000", top: 1)) == "T:80")
    #expect(try chosen(PortRequest(spec: "1-1000", top: 1, excluded: "80")) == "T:443")
    #expect(try PortRequest(top: 10, excluded: "80,443").selection(names: .builtIn).count == 10)
    #expect(throws: CommandFailure.self) { try PortRequest(spec: "80", isFast: true).selection(names: .builtIn) }
    #expect(throws: CommandFailure.self) { try PortRequest(top: 0).selection(names: .builtIn) }
    #expect(throws: CommandFailure.self) { try PortRequest(spec: "80", excluded: "-").selection(names: .builtIn) }
  }
}
