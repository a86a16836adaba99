internal import FoundationEssentials
internal import Glibc
internal import LinuxSystem
internal import Model
internal import Wire

/// What this run of the agent is, as it says to its coordinator.
struct AgentIntroduction {
  /// Random.
  let run: String
  private let machine: String
  private let hostName: String
  private let operatingSystem: String
  private let capabilities: [AgentCapability]

  init(run: String) {
    self.run = run
    var names = utsname()
    uname(&names)
    hostName = Enroll.text(names.nodename)
    operatingSystem =
      "\(Enroll.text(names.sysname)) \(Enroll.text(names.release)) \(Enroll.text(names.machine))"
    machine = Self.machine()
    capabilities = (Self.hasIPv6Network() ? [.ipv6] : []) + [.udp, .identification, .names]
  }

  func request(_ spool: SpoolReport?) -> HelloRequest {
    HelloRequest(
      run: run, machine: machine, version: ProgramVersion.text, hostName: hostName, operatingSystem: operatingSystem,
      capabilities: capabilities.map(\.rawValue), now: AgentClock().now, spool: spool)
  }

  /// This boot of this machine (random(4), boot_id), and the container if it is one (pid_namespaces(7)).
  private static func machine() -> String {
    var target = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/self/ns/pid", &target, target.count - 1)
    let namespace = length > 0 ? String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    return "\(firstLine("/proc/sys/kernel/random/boot_id")) \(namespace)"
  }

  /// An address besides that of loopback: one line for each (proc(5) does not tell; net/ipv6/addrconf.c, if6_seq_show).
  private static func hasIPv6Network() -> Bool {
    lines("/proc/net/if_inet6").contains { !$0.hasSuffix(" lo") }
  }

  private static func firstLine(_ path: String) -> String { lines(path).first ?? "" }

  /// Nothing for a file that is not there: an older or smaller kernel.
  private static func lines(_ path: String) -> [String] {
    guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else { return [] }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}
