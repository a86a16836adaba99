/// What a process's control group tells of it: `/proc/PID/cgroup` (cgroups(7)).
struct ControlGroup: Equatable {
  /// The innermost systemd unit (systemd.unit(5)): `nginx.service`, `session-3.scope`; slices only group units.
  private(set) var unit: String?

  /// The container's id, as long as its runtime wrote it, or its name where the runtime names groups so.
  private(set) var container: String?

  /// Reads the lines `hierarchy:controllers:path`; systemd's own is the unified one or the one named systemd, and old
  /// container runtimes are seen in the others, too.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let parts = fields[2].split(separator: "/")
      if unit == nil, fields[1].isEmpty || fields[1] == "name=systemd" {
        unit = parts.last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }.map(String.init)
      }
      if container == nil { container = parts.reversed().lazy.compactMap(Self.container).first }
    }
  }

  /// Prefixes that container runtimes write before the id in the name of a scope: Docker, containerd and CRI-O under
  /// Kubernetes (cri-api's runtime handlers), Podman.
  private static let runtimes = ["docker-", "cri-containerd-", "crio-", "libpod-"]

  /// The container in one component of a path.
  private static func container(_ part: Substring) -> String? {
    // LXC (lxc.container.conf(5), lxc.cgroup.dir.container) and systemd-nspawn (systemd-nspawn(1)) go by names.
    if part.hasPrefix("lxc.payload.") { return String(part.dropFirst("lxc.payload.".count)) }
    if part.hasPrefix("systemd-nspawn@"), part.hasSuffix(".service") {
      return String(part.dropFirst("systemd-nspawn@".count).dropLast(".service".count))
    }
    if part.hasPrefix("machine-"), part.hasSuffix(".scope") {
      return String(part.dropFirst("machine-".count).dropLast(".scope".count)).replacingEscapes
    }
    var id = part
    if id.hasSuffix(".scope") { id = id.dropLast(".scope".count) }
    for runtime in runtimes where id.hasPrefix(runtime) { id = id.dropFirst(runtime.count) }
    // An id is 256 bits in lower-case hexadecimal (OCI runtimes' common practice; docker, containerd, cri-o, podman).
    guard id.utf8.count == 64, id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return String(id)
  }
}

extension String {
  /// systemd writes a hyphen within a part of a name as `\x2d` (systemd-escape(1)).
  fileprivate var replacingEscapes: String {
    split(separator: "\\x2d", omittingEmptySubsequences: false).joined(separator: "-")
  }
}
