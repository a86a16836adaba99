extension PortAdvice {
  static let table = """
    T:7,19,U:7,19 | amplifies spoofed requests, and two such services can be set against each other | CISA TA14-017A; CERT CA-1996-01
    U:17 | amplifies spoofed requests | CISA TA14-017A
    T:21 | credentials and files in clear text, anonymous uploads, bounce scans | RFC 2577
    T:22 | password guessing; lateral movement with stolen keys | MITRE ATT&CK T1110; MITRE ATT&CK T1021.004
    T:23,2323 | credentials in clear text; default passwords of devices, Mirai and its heirs | CISA TA16-288A
    T:25 | open relays send other people's mail | RFC 2505
    U:53 | open resolvers amplify spoofed requests | CISA TA13-088A; RFC 5358
    T:53 | zone transfers tell the names of a network | RFC 5936, section 5
    U:69 | no authentication: configurations of network devices are read and replaced | RFC 1350; CISA TA18-106A
    T:79 | tells who is logged in; the way of the Internet worm of 1988 | RFC 1288, section 3; RFC 1135
    T:88 | offline guessing of service accounts' passwords from tickets (Kerberoasting) | MITRE ATT&CK T1558.003
    T:102,502,20000,44818,U:20000,44818,47808 | industrial protocol without authentication: controllers are read and written by whoever connects | CISA AA20-205A
    T:20256 | programmable controllers with default passwords, taken over in 2023 | CISA AA23-335A
    T:110,143 | mail credentials in clear text where TLS is not demanded | RFC 8314
    T:111,U:111 | lists RPC services; amplifies spoofed requests | CISA TA14-017A
    U:123 | old servers answer monlist and amplify spoofed requests | CISA TA14-013A; CVE-2013-5211
    T:135 | remote code execution of old (Blaster), remote execution by WMI today | CERT CA-2003-20; MITRE ATT&CK T1047
    U:137-138,T:139 | tells names and users of Windows hosts; amplifies spoofed requests | CISA TA14-017A
    U:161 | community strings in clear text, often public or private; amplifies spoofed requests | CISA TA17-156A; CISA TA14-017A
    T:179 | sessions reset or hijacked where neighbours are not authenticated | RFC 4272
    T:389 | directory read, and passwords sent, in clear text | RFC 4513, section 6
    U:389 | CLDAP amplifies spoofed requests | CISA TA14-017A
    T:427,U:427 | OpenSLP of unpatched ESXi hosts, the way of ESXiArgs | CISA AA23-039A; CVE-2021-21974
    T:445 | remote code execution where MS17-010 is missing (WannaCry); lateral movement by admin shares | CISA TA17-132A; MITRE ATT&CK T1021.002
    U:500,4500 | aggressive mode gives away a hash of the pre-shared key | CVE-2002-1623
    T:512-514 | trust by address and credentials in clear text | RFC 1282; CVE-1999-0651
    U:514 | log entries can be forged by anybody | RFC 5426, section 5
    U:520 | version 1 amplifies spoofed requests | CISA TA14-017A
    U:623 | password hashes given away, management controllers with default passwords | CISA TA13-207A
    U:631 | cups-browsed takes printers from anybody, up to running commands | CVE-2024-47176
    T:873 | modules readable or writable without password; clear text | rsyncd.conf(5)
    T:1080 | open proxies hide where an attack comes from | RFC 1928, section 9
    T:1099 | the registry loads classes from afar in old default configurations | CVE-2011-3556
    T:1433 | password guessing on administrators' accounts | MITRE ATT&CK T1110
    U:1434 | the way of the Slammer worm; tells instances | CERT CA-2003-04
    T:1521 | listener poisoning redirects sessions | CVE-2012-1675
    T:1524 | a root shell left by old break-ins | CERT IN-99-04
    T:1723 | its MS-CHAP v2 handshake can be broken by trying one DES key space | Microsoft Security Advisory 2743314
    T:1883 | messages and credentials in clear text, often no authentication | OASIS MQTT 5.0, chapter 5
    U:1900 | amplifies spoofed requests; libupnp's buffer overflows | CISA TA14-017A; CERT/CC VU#922681
    T:2049,U:2049 | trusts the user numbers that clients claim | RFC 2623
    T:2375 | whoever reaches the Docker API is root on the host | Docker documentation: Protect the Docker daemon socket
    T:2379-2380 | holds a cluster's secrets; open without client certificates | etcd documentation: Transport security model
    T:3127 | the back door of MyDoom | CERT TA04-028A
    T:3306 | should not be reachable by untrusted hosts, says its manual | MySQL Reference Manual: Security Guidelines
    T:3389 | BlueKeep in unpatched hosts; password guessing before ransomware | CISA AA19-168A; MITRE ATT&CK T1021.001
    T:4369 | with a known Erlang cookie its nodes run commands | CVE-2022-24706
    T:4444 | Blaster's shell of old; a usual place for a reverse shell's listener | CERT CA-2003-20
    T:4505-4506 | authentication bypass of unpatched Salt masters | CVE-2020-11651
    T:4786 | Smart Install: switches' configurations and images replaced without authentication | Cisco cisco-sa-20170214-smi; CISA TA18-106A
    T:5060,U:5060 | guessed extensions are used for calls at your cost | RFC 3261, section 26
    U:5353 | answers to unicast queries from outside tell services and amplify | CERT/CC VU#550620
    T:5555 | a device's debugging shell without authentication | Android documentation: Android Debug Bridge
    T:5601 | code execution by unpatched Kibana's Timelion | CVE-2019-7609
    T:5900-5910 | screens without password, or with one of eight characters | RFC 6143, section 9
    T:5984 | unpatched CouchDB lets anybody become administrator | CVE-2017-12635
    T:5985-5986 | lateral movement with stolen credentials | MITRE ATT&CK T1021.006
    T:6000-6009 | keystrokes and screens of displays opened with xhost | Xsecurity(7)
    T:6379 | not made for untrusted networks: without a password it is written and made to run code | Redis documentation: Security; CVE-2022-0543
    T:6443,10250 | anonymous requests control containers where authorization is loose | NSA and CISA, Kubernetes Hardening Guide
    T:6667 | command channel of old botnets; a back door in one release of UnrealIRCd | CVE-2010-2075
    T:7001 | code execution by unpatched WebLogic consoles | CVE-2020-14882
    T:7547 | management of customers' routers, with holes in widespread firmware | CVE-2014-9222
    T:8009 | AJP reads files of unpatched Tomcats | CVE-2020-1938
    T:8088 | YARN takes jobs from anybody where secure mode is off | Apache Hadoop documentation: Hadoop in Secure Mode
    T:8291 | WinBox of unpatched RouterOS gives away the user database | CVE-2018-14847
    T:8888 | a notebook is a shell: with no token, for everybody | Jupyter Server documentation: Security
    T:9100 | raw printing without authentication | IANA registry: pdl-datastream
    T:9200 | data of clusters without authentication; code execution in old ones | CVE-2015-1427
    T:10000 | code execution by a back door in Webmin's password change | CVE-2019-15107
    T:11211,U:11211 | no authentication; by UDP the strongest amplifier known | CVE-2018-1000115; CISA TA14-017A
    T:11434 | models served, replaced and files written without authentication | CVE-2024-37032
    T:27017-27019 | data held to ransom where authentication is off | MongoDB documentation: Security Checklist
    U:31337 | Back Orifice | CERT VN-98.07
    T:61616 | code execution by unpatched ActiveMQ brokers | CVE-2023-46604
    """
}
