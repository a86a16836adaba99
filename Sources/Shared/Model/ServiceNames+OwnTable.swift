extension ServiceNames {
  /// Our own table, in the form of services(5): names registered with IANA where there are such, else the name of the
  /// product whose documentation gives the port. It stands behind `/etc/services`, so that a host without that file, or
  /// with a short one, still has names.
  static let ownTable = """
    tcpmux 1/tcp
    echo 7/tcp
    echo 7/udp
    discard 9/tcp
    discard 9/udp
    systat 11/tcp
    daytime 13/tcp
    daytime 13/udp
    netstat 15/tcp
    qotd 17/tcp
    qotd 17/udp
    chargen 19/tcp
    chargen 19/udp
    ftp-data 20/tcp
    ftp 21/tcp
    ssh 22/tcp
    ssh 22/sctp
    telnet 23/tcp
    smtp 25/tcp
    time 37/tcp
    time 37/udp
    whois 43/tcp nicname
    tacacs 49/tcp
    tacacs 49/udp
    domain 53/tcp dns
    domain 53/udp dns
    bootps 67/udp dhcp
    bootpc 68/udp
    tftp 69/udp
    gopher 70/tcp
    finger 79/tcp
    http 80/tcp www
    http 80/udp
    http 80/sctp
    kerberos 88/tcp kerberos-sec
    kerberos 88/udp kerberos-sec
    iso-tsap 102/tcp s7
    acr-nema 104/tcp dicom
    rtelnet 107/tcp
    pop2 109/tcp
    pop3 110/tcp
    sunrpc 111/tcp rpcbind portmapper
    sunrpc 111/udp rpcbind portmapper
    auth 113/tcp ident
    nntp 119/tcp
    ntp 123/tcp
    ntp 123/udp
    epmap 135/tcp msrpc
    epmap 135/udp msrpc
    netbios-ns 137/tcp
    netbios-ns 137/udp
    netbios-dgm 138/udp
    netbios-ssn 139/tcp
    imap2 143/tcp imap
    snmp 161/tcp
    snmp 161/udp
    snmp-trap 162/tcp snmptrap
    snmp-trap 162/udp snmptrap
    cmip-man 163/tcp
    xdmcp 177/udp
    bgp 179/tcp
    bgp 179/sctp
    irc 194/tcp
    smux 199/tcp
    qmtp 209/tcp
    z3950 210/tcp
    ipx 213/udp
    pawserv 345/tcp
    zserv 346/tcp
    rpc2portmap 369/tcp
    codaauth2 370/tcp
    clearcase 371/udp
    ldap 389/tcp
    ldap 389/udp cldap
    svrloc 427/tcp slp
    svrloc 427/udp slp
    https 443/tcp
    https 443/udp quic
    https 443/sctp
    snpp 444/tcp
    microsoft-ds 445/tcp smb
    microsoft-ds 445/udp
    kpasswd 464/tcp
    kpasswd 464/udp
    submissions 465/tcp smtps
    saft 487/tcp
    isakmp 500/tcp
    isakmp 500/udp ike
    modbus 502/tcp mbap
    exec 512/tcp rexec
    biff 512/udp
    login 513/tcp rlogin
    who 513/udp
    shell 514/tcp rsh
    syslog 514/udp
    printer 515/tcp lpd
    talk 517/udp
    ntalk 518/udp
    route 520/udp rip
    ripng 521/udp
    ulp 522/tcp
    ibm-db2 523/tcp
    ncp 524/tcp
    tempo 526/tcp
    gdomap 538/tcp
    uucp 540/tcp
    klogin 543/tcp
    kshell 544/tcp
    dhcpv6-client 546/udp
    dhcpv6-server 547/udp
    afpovertcp 548/tcp afp
    nntps 563/tcp
    rtsp 554/tcp
    rtsp 554/udp
    submission 587/tcp
    http-alt-591 591/tcp filemaker
    http-rpc-epmap 593/tcp
    nqs 607/tcp
    asf-rmcp 623/tcp
    asf-rmcp 623/udp ipmi
    qmqp 628/tcp
    ipp 631/tcp cups
    ipp 631/udp cups
    ldaps 636/tcp
    ldp 646/tcp
    ldp 646/udp
    tinc 655/tcp
    tinc 655/udp
    silc 706/tcp
    msexch-routing 691/tcp
    kerberos-adm 749/tcp
    iscsi-target 860/tcp
    rsync 873/tcp
    vmware-auth 902/tcp
    vmware-heartbeat 902/udp
    ideafarm-door 903/tcp
    domain-s 853/tcp dot
    domain-s 853/udp doq
    ftps-data 989/tcp
    ftps 990/tcp
    telnets 992/tcp
    imaps 993/tcp
    pop3s 995/tcp
    socks 1080/tcp
    rmiregistry 1099/tcp
    openvpn 1194/tcp
    openvpn 1194/udp
    lotusnote 1352/tcp domino
    ms-sql-s 1433/tcp mssql
    ms-sql-m 1434/tcp
    ms-sql-m 1434/udp
    citrix-ica 1494/tcp ica
    ingreslock 1524/tcp
    oracle 1521/tcp tns
    watcom-sql 1498/tcp
    nfsrdma 20049/tcp
    datametrics 1645/udp radius-old
    sa-msg-port 1646/udp radacct-old
    l2f 1701/udp l2tp
    h323gatestat 1719/udp
    h323hostcall 1720/tcp
    pptp 1723/tcp
    ms-streaming 1755/tcp
    radius 1812/tcp
    radius 1812/udp
    radius-acct 1813/tcp
    radius-acct 1813/udp
    mqtt 1883/tcp
    msnp 1863/tcp
    ssdp 1900/udp upnp
    rtmp 1935/tcp
    cisco-sccp 2000/tcp
    nfs 2049/tcp
    nfs 2049/udp
    cpanel 2082/tcp
    cpanels 2083/tcp
    whm 2086/tcp
    whms 2087/tcp
    cvspserver 2401/tcp
    gtp-control 2123/udp
    gtp-user 2152/udp
    zookeeper 2181/tcp eforward
    ethernet-ip-1 2222/tcp
    docker 2375/tcp
    docker-s 2376/tcp
    swarm 2377/tcp
    etcd-client 2379/tcp
    etcd-server 2380/tcp
    iec-104 2404/tcp
    mgcp-gateway 2427/udp
    zebra 2601/tcp
    ospfd 2604/tcp
    bgpd 2605/tcp
    sms-rcinfo 2701/tcp
    m3ua 2905/sctp
    m2ua 2904/sctp
    h248-binary 2945/sctp
    megaco-h248 2944/sctp
    ppp 3000/tcp grafana
    gds-db 3050/tcp firebird
    loki 3100/tcp
    squid-http 3128/tcp squid
    iscsi 3260/tcp
    isns 3205/tcp
    msft-gc 3268/tcp
    msft-gc-ssl 3269/tcp
    net-assistant 3283/udp
    sap-dispatcher 3200/tcp
    sap-gateway 3300/tcp
    mysql 3306/tcp mariadb
    ms-wbt-server 3389/tcp rdp
    ms-wbt-server 3389/udp rdp
    stun 3478/tcp turn
    stun 3478/udp turn
    nut 3493/tcp
    teredo 3544/udp
    distcc 3632/tcp
    daap 3689/tcp
    svn 3690/tcp
    ws-discovery 3702/udp
    diameter 3868/tcp
    diameter 3868/sctp
    ttyd 7681/tcp
    epmd 4369/tcp
    nat-t 4500/udp ipsec-nat-t
    sieve 4190/tcp managesieve
    iax 4569/udp
    metasploit 4444/tcp krb524
    salt-publish 4505/tcp
    salt-return 4506/tcp
    smart-install 4786/tcp
    vxlan 4789/udp
    opcua 4840/tcp
    radmin 4899/tcp
    fox 1911/tcp niagara
    fox-s 4911/tcp
    munin 4949/tcp
    commplex-main 5000/tcp upnp-http
    asterisk-manager 5038/tcp ami
    logstash-beats 5044/tcp
    sip 5060/tcp
    sip 5060/udp
    sip 5060/sctp
    sips 5061/tcp
    sips 5061/sctp
    hart-ip 5094/udp
    xmpp-client 5222/tcp
    xmpp-server 5269/tcp
    nat-pmp 5351/udp
    mdns 5353/udp
    llmnr 5355/udp
    wsdapi 5357/tcp
    postgresql 5432/tcp postgres
    pgbouncer 6432/tcp
    adb 5555/tcp
    nrpe 5666/tcp
    kibana 5601/tcp
    amqps 5671/tcp
    amqp 5672/tcp rabbitmq
    coap 5683/udp
    coaps 5684/udp
    pcanywheredata 5631/tcp
    pcanywherestat 5632/udp
    vnc-http 5800/tcp
    rfb 5900/tcp vnc
    teamviewer 5938/tcp
    couchdb 5984/tcp
    wsman 5985/tcp winrm
    wsmans 5986/tcp winrms
    x11 6000/tcp
    x11-1 6001/tcp
    gluster 24007/tcp
    sflow 6343/udp
    redis 6379/tcp
    redis-s 6380/tcp
    redis-cluster 16379/tcp
    redis-sentinel 26379/tcp
    kubernetes-api 6443/tcp
    syslog-tls 6514/tcp
    ircd 6667/tcp
    ircs-u 6697/tcp
    bittorrent 6881/tcp
    bittorrent 6881/udp
    afs3-fileserver 7000/tcp
    cassandra-s 7001/tcp weblogic
    neo4j-https 7473/tcp
    neo4j-http 7474/tcp
    cwmp 7547/tcp tr-069
    bolt 7687/tcp
    http-8000 8000/tcp
    ajp 8009/tcp
    puppet 8140/tcp
    activemq-web 8161/tcp
    http-alt 8080/tcp
    influxdb 8086/tcp
    statsd 8125/udp
    clickhouse 8123/tcp
    vault 8200/tcp
    consul-rpc 8300/tcp
    consul-lan 8301/tcp
    winbox 8291/tcp
    bitcoin 8333/tcp
    https-alt 8443/tcp pcsync-https
    vxlan-linux 8472/udp
    consul 8500/tcp
    wsus 8530/tcp
    wsus-s 8531/tcp
    mqtts 8883/tcp secure-mqtt
    jupyter 8888/tcp
    solr 8983/tcp
    cslistener 9000/tcp php-fpm
    tor-socks 9050/tcp
    cassandra 9042/tcp
    prometheus 9090/tcp cockpit
    kafka 9092/tcp
    alertmanager 9093/tcp
    jetdirect 9100/tcp pdl-datastream
    elasticsearch 9200/tcp
    elasticsearch-node 9300/tcp
    adws 9389/tcp
    git 9418/tcp
    fins 9600/udp
    netflow 2055/udp
    ipfix 4739/udp
    webmin 10000/tcp
    zabbix-agent 10050/tcp
    zabbix-trapper 10051/tcp
    kubelet 10250/tcp
    kubelet-ro 10255/tcp
    memcached 11211/tcp memcache
    memcached 11211/udp memcache
    ollama 11434/tcp
    graylog-gelf 12201/udp
    rabbitmq-web 15672/tcp
    jaeger 16686/tcp
    libvirt-tls 16514/tcp
    dnp 20000/tcp dnp3
    dnp 20000/udp dnp3
    fluentd 24224/tcp
    minecraft 25565/tcp
    steam 27015/udp
    mongodb 27017/tcp
    mongodb-shard 27018/tcp
    mongodb-config 27019/tcp
    rethinkdb 28015/tcp
    profinet-rt 34962/udp
    profinet-cm 34964/udp
    s1ap 36412/sctp
    ngap 38412/sctp
    ethernet-ip 44818/tcp
    ethernet-ip 44818/udp
    bacnet 47808/udp
    sap-soap 50013/tcp
    db2 50000/tcp
    wireguard 51820/udp
    iphone-sync 62078/tcp
    traceroute 33434/udp
    """
}
