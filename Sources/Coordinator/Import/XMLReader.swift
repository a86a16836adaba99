internal import CExpat

/// Takes elements as they come.
protocol XMLElementHandler: AnyObject {
  /// Throws an `ImportError`, whose place is filled in where it has none.
  func begin(_ name: String, _ attributes: [String: String]) throws(ImportError)
  func end(_ name: String) throws(ImportError)
}

/// Reads XML piece by piece with Expat: memory is bounded by the longest element, whatever the file's length.
///
/// A document type may be named, as nmap's is, but nothing of it is read: files that declare entities are refused, so that none
/// can grow, and none can name another file. Not for several threads.
final class XMLReader {
  /// Octets between two elements: an attribute of an nmap file may be a megabyte.
  private static let longestElement = 16 << 20
  private static let deepest = 64

  private let parser: XML_Parser
  private let handler: any XMLElementHandler
  private var failure: ImportError?
  private var depth = 0
  /// Octets fed since the last element.
  private var silent = 0

  /// Throws an `ImportError` when there is no memory.
  init(_ handler: any XMLElementHandler) throws(ImportError) {
    guard let parser = XML_ParserCreate(nil) else { throw ImportError("there is no memory for an XML reader") }
    self.parser = parser
    self.handler = handler
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser,
      { pointer, name, attributes in XMLReader.of(pointer)?.began(name, attributes) },
      { pointer, name in XMLReader.of(pointer)?.ended(name) })
    XML_SetEntityDeclHandler(parser) { pointer, _, _, _, _, _, _, _, _ in
      XMLReader.of(pointer)?.fail("it declares an entity; files that do are not read")
    }
    XML_SetStartDoctypeDeclHandler(parser) { pointer, _, _, _, hasSubset in
      if hasSubset != 0 {
        XMLReader.of(pointer)?.fail("it has a document type of its own; files that do are not read")
      }
    }
    XML_SetSkippedEntityHandler(parser) { pointer, _, _ in
      XMLReader.of(pointer)?.fail("it refers to an entity that is not declared in it")
    }
  }

  deinit { XML_ParserFree(parser) }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> XMLReader? {
    pointer.map { Unmanaged<XMLReader>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Reads on; `isLast` ends the file. Throws an `ImportError` with its place.
  func read(_ octets: [UInt8], isLast: Bool = false) throws(ImportError) {
    silent += octets.count
    let status = octets.withUnsafeBytes { buffer in
      XML_Parse(
        parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), isLast ? 1 : 0)
    }
    if let failure { throw failure }
    guard status == XML_STATUS_OK else {
      let code = XML_GetErrorCode(parser)
      if isLast, [XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, XML_ERROR_UNCLOSED_CDATA_SECTION].contains(code) {
        throw placed("the file ends too early: was its scan interrupted?")
      }
      throw placed(XML_ErrorString(code).map { String(cString: $0) } ?? "it is no XML")
    }
    if silent > Self.longestElement { throw placed("an element is longer than \(Self.longestElement >> 20) MiB") }
  }

  private func placed(_ message: String) -> ImportError {
    ImportError(
      message, line: Int(XML_GetCurrentLineNumber(parser)), column: Int(XML_GetCurrentColumnNumber(parser)) + 1)
  }

  /// Ends the reading.
  private func fail(_ message: String) {
    if failure == nil { failure = placed(message) }
    XML_StopParser(parser, 0)
  }

  private func began(
    _ name: UnsafePointer<CChar>?, _ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
  ) {
    guard failure == nil, let name, let list else { return }
    silent = 0
    depth += 1
    guard depth <= Self.deepest else { return fail("elements lie more than \(Self.deepest) deep") }
    var attributes: [String: String] = [:]
    var place = list
    // Pairs of name and value, ended by null.
    while let key = place[0], let value = place[1] {
      attributes[String(cString: key)] = String(cString: value)
      place += 2
    }
    call { () throws(ImportError) in try handler.begin(String(cString: name), attributes) }
  }

  private func ended(_ name: UnsafePointer<CChar>?) {
    guard failure == nil, let name else { return }
    depth -= 1
    call { () throws(ImportError) in try handler.end(String(cString: name)) }
  }

  private func call(_ body: () throws(ImportError) -> Void) {
    do throws(ImportError) {
      try body()
    } catch {
      failure = error.line == nil ? placed(error.message) : error
      XML_StopParser(parser, 0)
    }
  }
}
