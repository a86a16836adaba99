internal import Model

/// Read directly too: a chunk of services has texts of strangers in nearly every row, and one row that is left to the general
/// decoder takes its whole chunk there.
extension ServiceFacts: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var name = DirectField<String>()
    var product = DirectField<String>()
    var version = DirectField<String>()
    var info = DirectField<String>()
    var hostName = DirectField<String>()
    var confidence = DirectField<ServiceIdentity.Confidence>()
    var tunnel = DirectField<ServiceTunnel>()
    var tlsVersion = DirectField<String>()
    var banner = DirectField<String>()
    var certificate = DirectField<CertificateIdentity>()
    let isRead = cursor.object { field, cursor in
      if field.says("name") { return name.read(cursor.letters()) }
      if field.says("product") { return product.read(cursor.letters()) }
      if field.says("version") { return version.read(cursor.letters()) }
      if field.says("info") { return info.read(cursor.letters()) }
      if field.says("hostName") { return hostName.read(cursor.letters()) }
      if field.says("confidence") { return confidence.read(cursor.string().flatMap { .init(rawValue: $0) }) }
      if field.says("tunnel") { return tunnel.read(cursor.string().flatMap { ServiceTunnel(rawValue: $0) }) }
      if field.says("tlsVersion") { return tlsVersion.read(cursor.letters()) }
      if field.says("banner") { return banner.read(cursor.letters()) }
      return field.says("certificate") && certificate.read(CertificateIdentity(&cursor))
    }
    guard isRead, let confidence = confidence.value else { return nil }
    self.init(
      name: name.value, product: product.value, version: version.value, info: info.value, hostName: hostName.value,
      confidence: confidence, tunnel: tunnel.value, tlsVersion: tlsVersion.value, banner: banner.value,
      certificate: certificate.value)
  }
}

extension CertificateIdentity: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var subject = DirectField<String>()
    var issuer = DirectField<String>()
    var alternativeNames = DirectField<[String]>()
    var notBefore = DirectField<Timestamp>()
    var notAfter = DirectField<Timestamp>()
    var sha256 = DirectField<String>()
    let isRead = cursor.object { field, cursor in
      if field.says("subject") { return subject.read(cursor.letters()) }
      if field.says("issuer") { return issuer.read(cursor.letters()) }
      if field.says("alternativeNames") { return alternativeNames.read(cursor.list { $0.letters() }) }
      if field.says("notBefore") { return notBefore.read(cursor.string().flatMap { Timestamp($0) }) }
      if field.says("notAfter") { return notAfter.read(cursor.string().flatMap { Timestamp($0) }) }
      return field.says("sha256") && sha256.read(cursor.letters())
    }
    guard isRead, let subject = subject.value, let issuer = issuer.value, let names = alternativeNames.value,
      let notBefore = notBefore.value, let notAfter = notAfter.value, let sha256 = sha256.value
    else { return nil }
    self.init(
      subject: subject, issuer: issuer, alternativeNames: names, notBefore: notBefore, notAfter: notAfter,
      sha256: sha256)
  }
}
