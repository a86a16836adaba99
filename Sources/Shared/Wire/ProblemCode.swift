/// The kinds of error answers. Raw values are stable: clients match on them.
package enum ProblemCode: String, Codable, Sendable, CaseIterable {
  case badRequest = "bad-request"
  case unknownField = "unknown-field"
  case invalidValue = "invalid-value"
  case unauthenticated
  case forbidden
  case notFound = "not-found"
  case conflict
  case leaseLost = "lease-lost"
  case duplicateAgent = "duplicate-agent"
  case introductionNeeded = "introduction-needed"
  case tooManyRequests = "too-many-requests"
  case bodyTooLarge = "body-too-large"
  case wrongContentType = "wrong-content-type"
  case outOfScope = "out-of-scope"
  case confirmationNeeded = "confirmation-needed"
  case storageFull = "storage-full"
  case overloaded
  case unsupportedVersion = "unsupported-version"
  case internalError = "internal-error"

  package var status: Int {
    switch self {
    case .badRequest, .unknownField, .unsupportedVersion: 400
    case .unauthenticated: 401
    case .forbidden, .outOfScope: 403
    case .notFound: 404
    case .conflict, .leaseLost, .confirmationNeeded, .duplicateAgent, .introductionNeeded: 409
    case .bodyTooLarge: 413
    case .wrongContentType: 415
    case .invalidValue: 422
    case .tooManyRequests: 429
    case .internalError: 500
    case .overloaded: 503
    case .storageFull: 507
    }
  }

  /// One fixed title a code (RFC 9457, 3.1.3).
  package var title: String {
    switch self {
    case .badRequest: "The request cannot be read"
    case .unknownField: "The request has a field that is not known"
    case .invalidValue: "A value is not acceptable"
    case .unauthenticated: "No valid credential"
    case .forbidden: "Not allowed"
    case .notFound: "Not found"
    case .conflict: "The request contradicts the current state"
    case .leaseLost: "The lease is lost"
    case .duplicateAgent: "Another copy of this agent is running"
    case .introductionNeeded: "The agent is to introduce itself"
    case .tooManyRequests: "Too many requests"
    case .bodyTooLarge: "The body is too large"
    case .wrongContentType: "The content type is not supported"
    case .outOfScope: "Refused by the authorised scope"
    case .confirmationNeeded: "Confirmation needed"
    case .storageFull: "The coordinator's disk is full"
    case .overloaded: "The coordinator is busy"
    case .unsupportedVersion: "The protocol version is not supported"
    case .internalError: "Internal error"
    }
  }
}
