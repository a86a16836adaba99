import ArgumentParser
import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorCLI

@Suite struct SubmitScanTests {
  private func submission(_ arguments: String...) throws -> ScanSubmission {
    try SubmitScan.parse(arguments).submission()
  }

  private func expectUsage(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    do {
      _ = try SubmitScan.parse(arguments).submission()
      Issue.record("\(arguments) were taken", sourceLocation: sourceLocation)
    } catch let failure as CommandFailure {
      #expect(failure.status == .usage, sourceLocation: sourceLocation)
    } catch {
      #expect(SubmitScan.exitCode(for: error).rawValue == 64, sourceLocation: sourceLocation)
    }
  }

  @Test("Ports are taken joined or apart, nmap's bare - included")
  func readsPorts() throws {
    #expect(try submission("10.0.0.1", "-p-").ports == "-")
    #expect(try submission("10.0.0.1", "-p", "-").ports == "-")
    #expect(try submission("10.0.0.1", "-p22,80-90").ports == "22,80-90")
    #expect(try submission("-p", "22", "10.0.0.1").ports == "22")
    #expect(try submission("10.0.0.1", "--ports", "web").ports == "web")
    #expect(try submission("10.0.0.1", "-F").ports == "top-100")
    #expect(try submission("10.0.0.1", "--top-ports", "7").ports == "top-7")
    #expect(try submission("10.0.0.1").ports == nil)
    #expect(try submission("10.0.0.1", "--exclude-ports", "22").excludedPorts == "22")
  }

  @Test("-sU means UDP alone, with -sT both; -sV asks for the services")
  func readsWhatIsAsked() throws {
    #expect(try submission("10.0.0.1").transports == nil)
    #expect(try submission("10.0.0.1", "-sT").transports == nil)
    #expect(try submission("10.0.0.1", "-sU").transports == [.udp])
    #expect(try submission("10.0.0.1", "--udp", "-p", "U:53,T:80").transports == [.udp])
    #expect(try submission("10.0.0.1", "-sU", "-sT", "-F").transports == [.tcp, .udp])
    #expect(try submission("10.0.0.1").identifies == nil)
    #expect(try submission("10.0.0.1", "-sV").identifies == true)
    #expect(try submission("10.0.0.1", "--identify").identifies == true)
  }

  @Test("Timing is taken joined or apart; -Pn is accepted")
  func readsTiming() throws {
    #expect(try submission("10.0.0.1", "-T4").timing == 4)
    #expect(try submission("10.0.0.1", "-T", "0").timing == 0)
    #expect(try submission("10.0.0.1", "-T4", "-Pn", "-p-").targets == ["10.0.0.1"])
  }

  @Test("Zones, rates and durations reach the request; what was not said is not sent")
  func readsTheRest() throws {
    let full = try submission(
      "10.0.0.1", "10.0.0.2", "--zone", "inner,outer", "--rate", "100", "--rate-per-agent", "50", "--rate-per-host",
      "5", "--site", "s", "--priority", "3", "--max-duration", "8h", "--name", "n", "--note", "why", "--yes",
      "--dry-run", "--exclude", "10.0.0.9,10.0.0.8")
    #expect(full.targets == ["10.0.0.1", "10.0.0.2"])
    #expect(full.zones == ["inner", "outer"])
    #expect(full.rate == 100 && full.ratePerAgent == 50 && full.ratePerHost == 5)
    #expect(full.site == "s" && full.priority == 3 && full.maximumSeconds == 28_800)
    #expect(full.name == "n" && full.note == "why" && full.isConfirmed == true && full.isDryRun == true)
    #expect(full.exclusions == ["10.0.0.9,10.0.0.8"])
    let least = try submission("10.0.0.1")
    #expect(least.zones == ["any"])
    #expect(least.isConfirmed == nil && least.isDryRun == nil && least.exclusions == nil && least.site == nil)
  }

  @Test("A list file's words are targets; # begins a comment")
  func readsListFiles() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "periplus-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("10.0.0.1 10.0.0.2 # 10.9.9.9\n\n\t10.0.0-1.3\r\n# all\n::1".utf8).write(to: file)
    #expect(
      try submission("-iL", file.path(), "10.0.0.9").targets
        == ["10.0.0.9", "10.0.0.1", "10.0.0.2", "10.0.0-1.3", "::1"])
    #expect(try submission("10.0.0.9", "--exclude-file", file.path()).exclusions?.count == 4)
  }

  @Test(
    "What contradicts itself or cannot be read is a usage error",
    arguments: [
      [], ["10.0.0.1", "-F", "-p", "22"], ["10.0.0.1", "-F", "--top-ports", "5"],
      ["10.0.0.1", "-p22", "--top-ports", "5"], ["10.0.0.1", "--watch", "--wait"], ["10.0.0.1", "-sS"],
      ["10.0.0.1", "--max-duration", "soon"], ["10.0.0.1", "-Tx"], ["10.0.0.1", "--rate", "fast"],
      ["-iL", "/nonexistent/list"], ["10.0.0.1", "--nonsense"], ["10.0.0.1", "-p"],
    ])
  func refuses(arguments: [String]) {
    expectUsage(arguments)
  }
}
