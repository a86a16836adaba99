internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// The columns of the table that people read.
enum SocketTableColumn: CaseIterable {
  case local, socketProtocol, state, remote, receiveQueue, sendQueue, user, inode, timer, namespace, processes

  var column: ListingColumn {
    switch self {
    case .local: ListingColumn("local", title: "LOCAL")
    case .socketProtocol: ListingColumn("protocol", title: "PROTO")
    case .state: ListingColumn("state", title: "STATE")
    case .remote: ListingColumn("remote", title: "REMOTE")
    case .receiveQueue: ListingColumn("receiveQueue", title: "RECV-Q", dropPriority: 2, alignment: .trailing)
    case .sendQueue: ListingColumn("sendQueue", title: "SEND-Q", dropPriority: 2, alignment: .trailing)
    case .user: ListingColumn("user", title: "USER", dropPriority: 3)
    case .inode: ListingColumn("inode", title: "INODE", alignment: .trailing, isWideOnly: true)
    case .timer: ListingColumn("timer", title: "TIMER", isWideOnly: true)
    case .namespace: ListingColumn("namespaceName", title: "NAMESPACE", dropPriority: 1)
    case .processes: ListingColumn("processes", title: "PROCESSES")
    }
  }

  /// A row's cell, with names of hosts and services where `names` knows them.
  static func value(_ column: SocketTableColumn, of row: SocketRow, _ names: EndpointNames?) -> ListingValue {
    switch column {
    case .local: return .text(end(row, isLocal: true, names))
    case .socketProtocol: return .text(row.socketProtocol.rawValue)
    case .state: return .text(row.state.rawValue)
    case .remote: return .text(end(row, isLocal: false, names))
    case .receiveQueue: return .integer(Int64(row.receiveQueue))
    case .sendQueue: return .integer(Int64(row.sendQueue))
    case .user: return .text(ifPresent: row.user ?? row.uid.map { "\($0)" })
    case .inode: return .integer(ifPresent: row.inode.map { Int64($0) })
    case .timer:
      guard let timer = row.timer else { return .absent }
      return .text("\(timer.rawValue),\(row.timerMilliseconds ?? 0)ms,\(row.retransmits)")
    case .namespace: return .text(ifPresent: SocketListing.namespace(row))
    case .processes:
      var bytes: [UInt8] = []
      append(row.ownership, to: &bytes)
      return .text(String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func end(_ row: SocketRow, isLocal: Bool, _ names: EndpointNames?) -> String {
    if let unix = row.unix {
      if isLocal { return unix.path.isEmpty ? "*" : unix.path }
      return unix.peerPath ?? unix.peerInode.map { "* \($0)" } ?? "*"
    }
    let address = isLocal ? row.localAddress : row.remoteAddress
    let port = isLocal ? row.localPort : row.remotePort
    let zone = isLocal ? row.interface : nil
    let transport = TransportProtocol(rawValue: row.socketProtocol.rawValue)
    if let names {
      let service = port == 0 ? "*" : transport.flatMap { names.service(port, $0) } ?? port.description
      if !address.isUnspecified, let name = names.host(address) {
        return "\(name)\(zone.map { "%\($0)" } ?? ""):\(service)"
      }
      return "\(text(address, zone)):\(service)"
    }
    return "\(text(address, zone)):\(port == 0 ? "*" : port.description)"
  }

  private static func text(_ address: IPAddress, _ zone: String?) -> String {
    var bytes: [UInt8] = []
    append(address, zone, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `10.0.0.1`, `[::1%lo]`; `*` stands for any address.
  static func append(_ address: IPAddress, _ zone: String?, to bytes: inout [UInt8]) {
    let isBracketed = address.family == .ipv6
    if isBracketed { bytes.append(UInt8(ascii: "[")) }
    if address.isUnspecified { bytes.append(UInt8(ascii: "*")) } else { address.append(to: &bytes) }
    if let zone {
      bytes.append(UInt8(ascii: "%"))
      PrintableText.append(zone, to: &bytes)
    }
    if isBracketed { bytes.append(UInt8(ascii: "]")) }
  }

  /// `nginx(812),nginx(813)`, or why no process is known.
  static func append(_ ownership: ProcessOwnership, to bytes: inout [UInt8]) {
    switch ownership {
    case .known(let holders):
      for (index, holder) in holders.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(holder.process, to: &bytes)
      }
    case .unknown(let reason): append(reason, to: &bytes)
    case .notApplicable: break
    }
  }

  static func append(_ process: SocketProcess, to bytes: inout [UInt8]) {
    PrintableText.append(process.name, to: &bytes)
    bytes.append(UInt8(ascii: "("))
    DecimalText.append(UInt64(UInt32(bitPattern: process.pid)), to: &bytes)
    bytes.append(UInt8(ascii: ")"))
  }

  static func append(_ reason: ProcessOwnership.Reason, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "unknown: ".utf8)
    bytes.append(contentsOf: reason.rawValue.utf8)
  }

  /// `:443`; `*` stands for any port.
  static func append(_ port: Port, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: ":"))
    if port.rawValue == 0 {
      bytes.append(UInt8(ascii: "*"))
    } else {
      DecimalText.append(UInt64(port.rawValue), to: &bytes)
    }
  }
}
