/// Why a probe ended in its state. Raw values are the words printed, sent and stored; those that nmap has too are
/// spelled as nmap spells them (nmap's portreasons.cc).
package enum ProbeReason: String, Hashable, Sendable, Codable, CaseIterable {
  case synAck = "syn-ack"
  case connectionRefused = "conn-refused"
  case noResponse = "no-response"
  case hostUnreachable = "host-unreach"
  case networkUnreachable = "net-unreach"
  case adminProhibited = "admin-prohibited"
  case hostProhibited = "host-prohibited"
  case networkProhibited = "net-prohibited"
  case protocolUnreachable = "proto-unreach"
  /// An ICMP port unreachable for a TCP probe: sent in the target's place, by a firewall's reject rule.
  case portUnreachable = "port-unreach"
  case udpResponse = "udp-response"
  /// An ICMP echo was answered.
  case echoReply = "echo-reply"
  /// The address is one of this host's own.
  case localhostResponse = "localhost-response"
  /// The neighbour answered ARP or neighbour discovery.
  case neighbourReply = "arp-response"
  /// This host has no route to the target.
  case noLocalRoute = "no-local-route"
  /// This host forbids the probe (EPERM or EACCES without an ICMP error: a local packet filter or policy).
  case localDenied = "local-denied"
  /// Out of descriptors, buffers or ephemeral ports for longer than waiting helps.
  case localResources = "local-resources"
  /// Another local error.
  case localError = "local-error"
  /// The agent's own policy forbids the target.
  case policy
  /// Nothing was heard of the host on its likely ports, so that the others were not looked at.
  case hostSilent = "host-silent"
  /// The host's time limit passed.
  case hostTimeout = "host-timeout"
  /// The host calls every port open, as tarpits do, so that the others were not looked at.
  case everythingOpen = "everything-open"
  /// The scan, its job or its time ended first.
  case cutShort = "cut-short"
}
