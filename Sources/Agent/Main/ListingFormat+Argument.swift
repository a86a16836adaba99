internal import ArgumentParser
internal import Listing

extension ListingFormat: ExpressibleByArgument {}
