/// A set of addresses that is too large for a number line of `UInt128`: it holds 2^128 addresses or more.
package struct TargetSpaceError: Error, Equatable, Sendable, CustomStringConvertible {
  package var description: String { "the targets are 2^128 addresses or more; name fewer than all of IPv6 (::/0)" }
}
