internal import Model

/// HTTP/1 (RFC 9112), and what is spoken over it: proxies, Docker, Kubernetes, Elasticsearch.
enum HTTPReader {
  static let answer: ServiceReader = { received in
    let octets = received.octets
    guard octets.starts(with: "HTTP/".utf8.prefix(octets.count)) else { return .foreign }
    guard let message = HTTPMessage(received) else { return octets.count > 8192 ? .foreign : .incomplete }
    guard message.isWhole else { return .incomplete }
    var identity = message.identity
    if let question = platformQuestion(message, &identity) { return question }
    return .recognised(identity)
  }

  /// Names what is served where the answer shows it.
  private static func platformQuestion(_ message: HTTPMessage, _ identity: inout ServiceIdentity) -> Reading? {
    let body = message.body
    if message.status == 407 || message.field("proxy-authenticate") != nil || message.field("x-squid-error") != nil
      || message.field("proxy-agent") != nil
    {
      identity.service = "http-proxy"
      if identity.product == nil, let agent = message.field("proxy-agent") { identity.take(ProductText(words: agent)) }
      return nil
    }
    let server = message.field("server") ?? []
    if Octets.hasPrefix(server, "Docker/") || Octets.hasPrefix(server, "Libpod/")
      || message.field("docker-experimental") != nil
    {
      identity.service = "docker"
      return nil
    }
    if Octets.contains(body, "\"lucene_version\"") || message.field("x-elastic-product") != nil
      || Octets.contains(body, "\"You Know, for Search\"")
    {
      identity.service = "elasticsearch"
      let isFork = Octets.jsonText("distribution", in: body)?.elementsEqual("opensearch".utf8) == true
      identity.take(
        ProductText(
          product: isFork ? "OpenSearch" : "Elasticsearch",
          version: Octets.jsonText("number", in: body).flatMap { WireText.field($0) }))
      return nil
    }
    let isStatus = Octets.jsonText("kind", in: body)?.elementsEqual("Status".utf8) == true
    // Others write an Audit-Id too: alone it says nothing.
    let isKubernetes = message.field("x-kubernetes-pf-flowschema-uid") != nil
    guard isKubernetes || isStatus && Octets.jsonText("apiVersion", in: body) != nil else { return nil }
    identity.service = "kubernetes"
    let known = identity
    // The version is open to strangers in most clusters (system:public-info-viewer).
    return .asking(
      known,
      FollowUp("GET /version HTTP/1.1\r\nHost: kubernetes\r\nAccept: application/json\r\nConnection: close\r\n\r\n") {
        guard let message = HTTPMessage($0), message.isWhole else { return .incomplete }
        guard let version = Octets.jsonText("gitVersion", in: message.body) else { return .foreign }
        var identity = known
        let number = version.first == UInt8(ascii: "v") ? version.dropFirst() : version
        identity.take(ProductText(product: "Kubernetes", version: WireText.field(number)))
        return .recognised(identity)
      })
  }
}

extension ServiceIdentity {
  mutating func take(_ text: ProductText) {
    product = text.product
    version = text.version
  }
}
