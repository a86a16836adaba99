/// The order in which counts are told: the most first; those of equal number by what they count, numbers as numbers, and what is not
/// known first.
package enum CountOrder {
  package typealias Count = (value: String?, endpoints: Int)

  package static func goesBefore(_ left: Count, _ right: Count) -> Bool {
    if left.endpoints != right.endpoints { return left.endpoints > right.endpoints }
    if let left = left.value.flatMap({ Int($0) }), let right = right.value.flatMap({ Int($0) }) { return left < right }
    return left.value ?? "" < right.value ?? ""
  }
}
