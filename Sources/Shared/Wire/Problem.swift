/// An error answer, `application/problem+json` (RFC 9457), with a stable code and pointers to the fields at fault.
package struct Problem: Codable, Sendable, Hashable, Error {
  /// A field at fault: a JSON pointer (RFC 6901) into the request's body, or a query parameter's name.
  package struct Place: Codable, Sendable, Hashable {
    package var detail: String
    package var pointer: String?
    package var parameter: String?

    package init(detail: String, pointer: String? = nil, parameter: String? = nil) {
      self.detail = detail
      self.pointer = pointer
      self.parameter = parameter
    }
  }

  /// `about:blank`: the status and the code say what kind of problem it is.
  package var type: String
  package var title: String
  package var status: Int
  package var detail: String
  package var code: ProblemCode
  package var errors: [Place]?

  package init(_ code: ProblemCode, detail: String, errors: [Place]? = nil) {
    type = "about:blank"
    title = code.title
    status = code.status
    self.detail = detail
    self.code = code
    self.errors = errors
  }
}
