import Model
import Testing

@testable import AgentMain

@Suite struct PortRangeArgumentTests {
  @Test func portsRangesAndLists() {
    #expect(PortRangeArgument(argument: "80")?.ports == PortSet([80...80]))
    #expect(PortRangeArgument(argument: "8000-8100")?.ports == PortSet([8000...8100]))
    #expect(PortRangeArgument(argument: "80,8000-8100,1-65535")?.ports == .all)
  }

  @Test(arguments: ["", "0", "0-5", "5-3", "65536", "-", "5-", "-5", "1-2-3", "80,", "http", "+1", " 1"])
  func anythingElseIsRefused(text: String) {
    #expect(PortRangeArgument(argument: text) == nil)
  }
}
