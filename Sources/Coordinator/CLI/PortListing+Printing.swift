internal import Listing
package import Report
package import Wire

extension PortListing {
  /// Prints rows for people, as wide as the terminal. Throws a `CommandFailure`.
  package static func print(_ rows: [PortRow]) throws {
    try OutputOptions.print(listing(rows, isForMachines: false))
  }
}
