internal import LinuxSystem
internal import LocalSystem
package import Model

/// What this host's settings say of ports (kernel's Documentation/networking/ip-sysctl.rst).
package struct PortRules: Hashable, Sendable {
  /// `net.ipv4.ip_unprivileged_port_start`: below it CAP_NET_BIND_SERVICE is needed (ip(7)).
  package var unprivilegedStart: UInt16

  /// `net.ipv4.ip_local_port_range`: any outgoing connection may take one at any time.
  package var ephemeral: ClosedRange<UInt16>

  /// `net.ipv4.ip_local_reserved_ports`: never handed out by the kernel itself; whoever names one gets it.
  package var reserved: PortSet

  /// Whether this process has CAP_NET_BIND_SERVICE.
  package var bindsPrivileged: Bool

  package init(
    unprivilegedStart: UInt16 = 1024, ephemeral: ClosedRange<UInt16> = 32768...60999, reserved: PortSet = PortSet(),
    bindsPrivileged: Bool = false
  ) {
    self.unprivilegedStart = unprivilegedStart
    self.ephemeral = ephemeral
    self.reserved = reserved
    self.bindsPrivileged = bindsPrivileged
  }

  /// Those of the calling thread's network namespace and process; the kernel's own where `/proc` does not tell.
  package static func current() -> PortRules {
    var rules = PortRules(ephemeral: ResourceLimits.ephemeralPorts)
    if let start = setting("ip_unprivileged_port_start").flatMap({ UInt16($0) }) { rules.unprivilegedStart = start }
    if let text = setting("ip_local_reserved_ports") { rules.reserved = ports(text) }
    rules.bindsPrivileged = Capability.effective.contains(.bindService)
    return rules
  }

  private static func setting(_ name: String) -> String? {
    guard let text = try? TextFile.read("/proc/sys/net/ipv4/\(name)", maximumBytes: 1 << 20) else { return nil }
    return String(text.prefix { $0 != "\n" })
  }

  /// `8080,9148-9150`, as the kernel prints a list of ports.
  static func ports(_ text: String) -> PortSet {
    PortSet(
      text.split(separator: ",").compactMap { item in
        let ends = item.split(separator: "-").compactMap { UInt16($0) }
        guard let first = ends.first, let last = ends.last, first <= last else { return nil }
        return first...last
      })
  }
}
