/// In which order the ports of a host are asked for the first time.
package enum PortSequence: String, Hashable, Sendable {
  /// Where a silent host is given up after a hundred ports, the hundred likeliest come first; else ascending.
  case likeliestFirst

  /// nmap's `-r`: ascending whatever comes; a silent host is given up after its hundred lowest.
  case ascending
}
