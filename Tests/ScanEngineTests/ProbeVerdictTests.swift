import Glibc
import Model
import Testing

@testable import ScanEngine

@Suite("What an answer means")
struct ProbeVerdictTests {
  private func icmp(_ family: IPAddress.Family, _ type: UInt8, _ code: UInt8) -> IcmpEvidence {
    IcmpEvidence(family: family, type: type, code: code, sender: IPAddress(ipv4: 0x0a00_0001))
  }

  @Test(
    "errno without ICMP error",
    arguments: [
      (0, .settled(.open, .synAck)), (EISCONN, .settled(.open, .synAck)), (ECONNRESET, .settled(.open, .synAck)),
      (ECONNREFUSED, .settled(.closed, .connectionRefused)), (ETIMEDOUT, .silence), (EMFILE, .shortage),
      (ENFILE, .shortage), (EADDRNOTAVAIL, .shortage), (ENOBUFS, .shortage), (EAGAIN, .shortage), (ENOMEM, .shortage),
      (ENETUNREACH, .settled(.unchecked, .noLocalRoute)), (EHOSTUNREACH, .settled(.unchecked, .noLocalRoute)),
      (EPERM, .settled(.unchecked, .localDenied)), (EACCES, .settled(.unchecked, .localDenied)),
      (ECONNABORTED, .mishap), (ENETDOWN, .settled(.unchecked, .localError)),
      (EINVAL, .settled(.unchecked, .localError)),
    ] as [(Int32, ProbeVerdict)])
  func plainErrno(code: Int32, expected: ProbeVerdict) {
    #expect(ProbeVerdict(errno: code) == expected)
  }

  @Test(
    "ICMP errors from the network",
    arguments: [
      (.ipv4, 3, 0, .unreachable, .networkUnreachable), (.ipv4, 3, 1, .unreachable, .hostUnreachable),
      (.ipv4, 3, 2, .filtered, .protocolUnreachable), (.ipv4, 3, 3, .filtered, .portUnreachable),
      (.ipv4, 3, 9, .filtered, .networkProhibited), (.ipv4, 3, 10, .filtered, .hostProhibited),
      (.ipv4, 3, 13, .filtered, .adminProhibited), (.ipv4, 11, 0, .unreachable, .hostUnreachable),
      (.ipv6, 1, 0, .unreachable, .networkUnreachable), (.ipv6, 1, 1, .filtered, .adminProhibited),
      (.ipv6, 1, 3, .unreachable, .hostUnreachable), (.ipv6, 1, 4, .filtered, .portUnreachable),
      (.ipv6, 1, 6, .filtered, .adminProhibited),
    ] as [(IPAddress.Family, UInt8, UInt8, EndpointState, ProbeReason)])
  func fromElsewhere(family: IPAddress.Family, type: UInt8, code: UInt8, state: EndpointState, reason: ProbeReason) {
    #expect(ProbeVerdict(icmp(family, type, code), from: .elsewhere) == .settled(state, reason))
  }

  @Test("Whatever this host itself says is no fact about the target, but that a neighbour is silent")
  func fromHere() {
    for family in [IPAddress.Family.ipv4, .ipv6] {
      for type in UInt8.min...UInt8.max {
        for code in UInt8.min...15 {
          guard case .settled(.unchecked, _) = ProbeVerdict(icmp(family, type, code), from: .here) else {
            Issue.record("\(family) \(type)/\(code)")
            continue
          }
        }
      }
    }
    #expect(ProbeVerdict(icmp(.ipv4, 3, 0), from: .here) == .settled(.unchecked, .noLocalRoute))
    #expect(ProbeVerdict(icmp(.ipv4, 3, 3), from: .here) == .settled(.unchecked, .localDenied))
    #expect(
      ProbeVerdict(icmp(.ipv4, 3, 1), from: .hereForSilentNeighbour) == .settled(.unreachable, .hostUnreachable))
  }
}
