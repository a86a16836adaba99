import FoundationEssentials
import Model
import Spool
import Testing

@testable import AgentMain

@Suite struct SpoolSettingsTests {
  private func configuration(_ text: String) throws -> AgentConfiguration {
    let file = FileManager.default.temporaryDirectory.appending(path: "periplus-agent-conf-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try AgentConfiguration.load(file.path(), services: .builtIn)
  }

  @Test("Without settings there are 256 MB and seven days, beside the identity")
  func standards() throws {
    let configuration = try configuration("# nothing\n")
    #expect(configuration.spoolPath == nil)
    #expect(configuration.spoolLimits == SpoolLimits(bytes: 256 << 20, age: .seconds(7 * 86_400)))
    #expect(
      AgentConfiguration.standardSpool(beside: "/var/lib/periplus-agent/identity.json")
        == "/var/lib/periplus-agent/spool")
    #expect(AgentConfiguration.standardSpool(beside: "/tmp/a.json") == "/tmp/a.json.spool")
  }

  @Test("Folder, size and age can be set")
  func set() throws {
    let configuration = try configuration("spool = /srv/spool\nspool-megabytes = 1\nspool-days = 30\n")
    #expect(configuration.spoolPath == "/srv/spool")
    #expect(configuration.spoolLimits == SpoolLimits(bytes: 1 << 20, age: .seconds(30 * 86_400)))
  }

  @Test(
    "A limit that is none is refused with its line",
    arguments: [
      ("spool-megabytes", "0"), ("spool-megabytes", "-1"), ("spool-megabytes", "lots"), ("spool-megabytes", "1048577"),
      ("spool-days", "0"), ("spool-days", "366"), ("spool-days", "1.5"),
    ])
  func refused(key: String, value: String) throws {
    let error = #expect(throws: CommandFailure.self) { try configuration("spool = /x\n\n\(key) = \(value)\n") }
    #expect(error.map { "\($0)".contains("line 3: \(key) = \(value): expected a number from 1 to") } == true)
  }
}
