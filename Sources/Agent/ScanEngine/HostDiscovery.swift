/// Whether a run asks if a host is there besides probing its ports.
package enum HostDiscovery: String, Hashable, Sendable {
  /// nmap's `-Pn`: every port of every host is probed.
  case off

  /// Discovery probes go out beside those of the ports. A host of which nothing is heard, not even on the hundred likeliest
  /// of its ports (the lowest, where the work asks for ascending order), is silent: the rest of its ports stay unchecked.
  case on

  /// Every port of every host is probed, and beside them a host is asked by an ICMP echo until anything of it answers. What
  /// became of the echo is told for each host; where this process may send none, nothing is.
  case echo

  /// nmap's `-sn`: discovery probes alone; ports of the blocks are not probed.
  case only
}
