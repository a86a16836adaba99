/// Where the coordinator's own Unix socket is when systemd makes its folder.
package enum LocalSocket {
  package static let standardPath = "/run/periplus/periplus.sock"
}
