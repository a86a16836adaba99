internal import Model
internal import ScanReporting
internal import Worker

/// The worker's names come from the system's resolver: what `/etc/nsswitch.conf` says of hosts.
struct SystemNaming: HostNaming {
  func begin() -> any HostNameQuestions { NameLookups() }
}

extension NameLookups: HostNameQuestions {}
