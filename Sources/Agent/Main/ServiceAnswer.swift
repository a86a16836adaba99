internal import Model

/// What a service that was asked showed.
enum ServiceAnswer {
  case known(ServiceIdentity)

  /// None of the known protocols; its first octets, printable and bounded.
  case unknown(banner: String)

  var identity: ServiceIdentity? { if case .known(let identity) = self { identity } else { nil } }

  var banner: String? {
    switch self {
    case .known(let identity): identity.banner
    case .unknown(let banner): banner
    }
  }
}
