import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Files hold codes: what one means may never change, and a new value gets a new one.
@Suite struct StoredCodeTests {
  @Test("Codes are what they were")
  func keepsCodes() {
    #expect(
      words(EndpointState.self) == ["closed", "open", "filtered", "open-or-filtered", "unreachable", "unchecked"])
    #expect(
      words(ProbeReason.self) == [
        "conn-refused", "syn-ack", "no-response", "host-unreach", "net-unreach", "admin-prohibited", "host-prohibited",
        "net-prohibited", "proto-unreach", "port-unreach", "udp-response", "echo-reply", "localhost-response",
        "arp-response", "no-local-route", "local-denied", "local-resources", "local-error", "policy", "host-silent",
        "host-timeout", "everything-open", "cut-short",
      ])
    #expect(
      words(Verdict.self) == [
        "no-inside-view", "exposed", "shielded", "forwarded", "owner-unknown", "local-only", "unverified",
      ])
    #expect(
      words(ChangeKind.self) == [
        "found", "closed", "opened", "reopened", "service", "certificate", "process", "host-found", "host-gone",
        "host-back",
      ])
  }

  @Test("A code is read back as what was written, and no other number is one")
  func readsCodes() {
    expectRoundTrips(EndpointState.self)
    expectRoundTrips(ProbeReason.self)
    expectRoundTrips(Verdict.self)
    expectRoundTrips(ChangeKind.self)
  }

  private func words<Value: StoredCode>(_ type: Value.Type) -> [String] { Value.byCode.map(\.rawValue) }

  private func expectRoundTrips<Value: StoredCode>(_ type: Value.Type) {
    for value in Value.allCases { #expect(Value(code: value.code) == value) }
    for code in [-1, Int64(Value.allCases.count), .min, .max] { #expect(Value(code: code) == nil, "\(code)") }
  }
}
