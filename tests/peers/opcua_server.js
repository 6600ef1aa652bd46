// An OPC UA server on node-opcua (an implementation that is not ours), driven by JSON lines on stdin.
//   node opcua_server.js --port 4840 --tags 6 [--limit 3] [--user dcs --password secret] [--hz 1 [--paused yes]] --pki DIR
// Prints "up" when it listens; answers every line with one line. See opcua_peer.py for the commands.
const path = require('path');
const modules = process.env.HAZWATCH_TEST_NODE || __dirname;
const opcua = require(require.resolve('node-opcua', { paths: [modules, path.join(modules, 'node_modules')] }));
const { OPCUAServer, DataType, StatusCodes, StatusCode, MessageSecurityMode, SecurityPolicy, OPCUACertificateManager, DataValue, Variant } = opcua;
const argument = (name, otherwise) => {
  const at = process.argv.indexOf('--' + name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const TAGS = +argument('tags', 6), HZ = +argument('hz', 0), LIMIT = +argument('limit', 0), BAND = 100;
const USER = argument('user', ''), PASSWORD = argument('password', '');

(async () => {
  const serverCertificateManager = new OPCUACertificateManager({ rootFolder: argument('pki'), automaticallyAcceptUnknownCertificate: true });
  await serverCertificateManager.initialize();
  const server = new OPCUAServer({
    port: +argument('port'), hostname: '127.0.0.1', host: '127.0.0.1', resourcePath: '/plant', serverCertificateManager,
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: argument('anonymous', 'yes') === 'yes',
    userManager: { isValidUser: (name, password) => name === USER && password === PASSWORD },
    maxConnectionsPerEndpoint: 50,
    serverCapabilities: {
      maxSessions: 50, maxSubscriptionsPerSession: 100, maxMonitoredItemsPerSubscription: 100000, maxMonitoredItems: 200000,
      operationLimits: { maxMonitoredItemsPerCall: LIMIT || 10000, maxNodesPerRead: LIMIT || 10000, maxNodesPerBrowse: 5000 },
    },
  });
  await server.initialize();
  const space = server.engine.addressSpace, ns = space.getOwnNamespace();
  const plant = ns.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Plant', nodeId: 's=Plant' });
  const tags = {};
  const add = (name, value) => {
    tags[name] = ns.addVariable({ componentOf: plant, browseName: name, nodeId: 's=' + name, dataType: 'BaseDataType', minimumSamplingInterval: 0 });
    tags[name].setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date());
  };
  for (let i = 0; i < TAGS; i++) add('T' + i, BAND * (i + 1));
  let tick = 0, ticking = argument('paused', 'no') === 'no';
  const move = () => {
    tick++;
    const now = new Date();
    for (let i = 0; i < TAGS; i++) tags['T' + i].setValueFromSource({ dataType: DataType.Double, value: ((tick * 37 + i) % 1000) / 10 }, StatusCodes.Good, now);
  };
  if (HZ) {
    move();
    setInterval(() => ticking && move(), 1000 / HZ);
  }
  const sent = () => Object.values(server.engine._sessions).flatMap((session) => session.publishEngine.subscriptions)
    .reduce((sum, subscription) => sum + subscription.subscriptionDiagnostics.dataChangeNotificationsCount, 0);
  const status = (code) => (code ? opcua.getStatusCodeFromCode(code) : StatusCodes.Good);
  const obey = (command) => {
    if ('sessions' in command) return { sessions: server.engine.currentSessionCount };
    const now = new Date(Date.now() + 1000 * (command.ahead_s || 0));
    for (const [name, value] of Object.entries(command.set || {})) {
      const type = command.type || (typeof value === 'string' ? 'String' : 'Double');
      if (!tags[name]) add(name, 0);
      const dataValue = new DataValue({
        value: new Variant({ dataType: DataType[type], value, arrayType: Array.isArray(value) ? opcua.VariantArrayType.Array : undefined }),
        statusCode: status(command.status), sourceTimestamp: now, sourcePicoseconds: command.picoseconds || 0, serverTimestamp: now, serverPicoseconds: command.picoseconds || 0,
      });
      tags[name].setValueFromSource(dataValue.value, dataValue.statusCode, now);
      if (command.picoseconds) tags[name]._internal_set_dataValue(dataValue);
    }
    if ('tick' in command) ticking = command.tick;
    if (command.add) add(command.add, 1);
    if (command.delete) space.deleteNode(tags[command.delete]);
    return { ticks: tick, sent: sent(), at_ms: +now };
  };
  await server.start();
  console.log('up');
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(JSON.stringify(obey(JSON.parse(line)))))
    .on('close', () => process.exit(0));
})().catch((error) => { console.error(error); process.exit(1); });
