/// An expression or a time zone that cannot be used: what is wrong, where, and what would do.
package struct ScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
