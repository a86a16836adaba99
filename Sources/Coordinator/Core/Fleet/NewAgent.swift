package import Model

/// What enrolment knows of an agent before it has an id.
package struct NewAgent: Sendable {
  package var name: String
  package var site: SiteID
  package var zone: ZoneID
  package var installation: String
  package var duties: Set<Duty>
  package var tags: [String]
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  /// SHA-256 of the secret.
  package var secretHash: [UInt8]
  package var enrolledAt: Timestamp

  package init(
    name: String, site: SiteID, zone: ZoneID, installation: String, duties: Set<Duty>, tags: [String], version: String,
    hostName: String, operatingSystem: String, secretHash: [UInt8], enrolledAt: Timestamp
  ) {
    self.name = name
    self.site = site
    self.zone = zone
    self.installation = installation
    self.duties = duties
    self.tags = tags
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.secretHash = secretHash
    self.enrolledAt = enrolledAt
  }
}
