import Testing

@testable import Model

@Suite struct KeyValueFileTests {
  private let keys: Set<String> = ["url", "rate"]

  @Test("Settings are read with their lines; blank lines and comments say nothing")
  func reads() throws {
    let file = try KeyValueFile("# head\r\n\n  url =  https://host/?a=b \n\trate=5\n", keys: keys)
    #expect(file["url"] == "https://host/?a=b")
    #expect(file.entries["url"]?.line == 3)
    #expect(file.entries["rate"]?.line == 4)
    #expect(try file.value("rate", "a number") { Int($0) } == 5)
    #expect(try KeyValueFile("", keys: keys).value("rate", "a number") { Int($0) } == nil)
  }

  @Test(
    "A fault is told with the line it stands on",
    arguments: [
      ("url = a\n\nrate", 3, "expected KEY = VALUE"),
      ("url = a\nspeed = 5", 2, "there is no setting \"speed\"; the settings are rate, url"),
      ("url = a\n#\nurl = b", 3, "url is set twice"),
      ("rate =   ", 1, "rate has no value"),
      ("\n= 5", 2, "there is no setting \"\"; the settings are rate, url"),
    ])
  func pointsAtLines(text: String, line: Int, message: String) {
    #expect(throws: KeyValueFileError(line: line, message: message)) { try KeyValueFile(text, keys: keys) }
  }

  @Test("A value that is not understood is told with its line and what was expected")
  func pointsAtValues() throws {
    let file = try KeyValueFile("\n\nrate = fast", keys: keys)
    let error = #expect(throws: KeyValueFileError.self) { try file.value("rate", "a number") { Int($0) } }
    #expect(error?.description == "line 3: rate = fast: expected a number")
  }
}
