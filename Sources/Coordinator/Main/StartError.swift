/// The coordinator cannot start; one line for whoever started it.
struct StartError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
