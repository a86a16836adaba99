/// A request that is not carried out, with the reason in words for whoever asked. Nothing has changed.
package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    case badRequest, invalidValue, notFound, conflict, leaseLost, forbidden, outOfScope, confirmationNeeded
    case unsupportedVersion, shuttingDown, duplicateAgent, introductionNeeded, overloaded
  }

  package let code: Code
  package let message: String
  /// The field at fault, as a JSON pointer (RFC 6901) into the request.
  package let pointer: String?

  package init(_ code: Code, _ message: String, at pointer: String? = nil) {
    self.code = code
    self.message = message
    self.pointer = pointer
  }

  package var description: String { message }
}
