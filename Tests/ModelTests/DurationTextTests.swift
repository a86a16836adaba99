import Testing

@testable import Model

@Suite struct DurationTextTests {
  @Test("Whole numbers with a unit are read")
  func readsUnits() {
    #expect(DurationText.read("30s") == .seconds(30))
    #expect(DurationText.read("15m") == .seconds(900))
    #expect(DurationText.read("8h") == .seconds(28_800))
    #expect(DurationText.read("7d") == .seconds(604_800))
  }

  @Test("Anything else is not a duration", arguments: ["", "7", "d", "1.5h", "-3m", "5 m", "9w"])
  func refusesOthers(text: String) {
    #expect(DurationText.read(text) == nil)
  }
}
