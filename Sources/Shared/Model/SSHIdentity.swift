/// What an SSH server showed before any login (RFC 4253).
package struct SSHIdentity: Hashable, Sendable, Codable {
  /// The software part of its identification line, such as `OpenSSH_9.2p1`.
  package var software: String

  /// Its host key's algorithm, such as `ssh-ed25519`; nil where the exchange did not get so far.
  package var keyType: String?

  /// `SHA256:` and the unpadded base64 of the host key's SHA-256, as ssh-keygen(1) prints it.
  package var fingerprint: String?

  package init(software: String, keyType: String? = nil, fingerprint: String? = nil) {
    self.software = software
    self.keyType = keyType
    self.fingerprint = fingerprint
  }
}
