// The least script that takes the same network steps as `evict <id> --yes --hold 0`, with the same libraries, straight from
// node_modules: no plan, no record, no checks, no error handling. `bench/evict.ts` runs it beside the tool.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  DescribeCertificateCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListPrincipalThingsCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import mqtt from 'mqtt';
import { parse } from 'yaml';

const [clientId, configFile] = process.argv.slice(2);
const config = parse(readFileSync(configFile, 'utf8'));
const read = (name) => readFileSync(resolve(dirname(configFile), config[name]), 'utf8');
const filepath = resolve(dirname(configFile), config['aws-credentials-file']);
const aws = { region: config.region, endpoint: config['endpoint-url'], credentials: fromIni({ filepath }) };
const tls = { ca: read('ca'), cert: read('cert'), key: read('key'), protocolVersion: 4, reconnectPeriod: 0 };

const connected = (id) =>
  new Promise((done, fail) => {
    const client = mqtt.connect(config['mqtt-url'], { ...tls, clientId: id });
    client.once('connect', () => done(client)).once('error', fail);
  });
const event = (watch, kind, id) =>
  new Promise((done) => {
    watch.on('message', (topic, payload) => {
      if (topic === `$aws/events/presence/${kind}/${id}`) done(JSON.parse(payload.toString()));
    });
  });

const events = readFileSync(resolve(dirname(configFile), config.events[0]), 'utf8')
  .trim()
  .split('\n');
const seen = events
  .map((line) => JSON.parse(line))
  .filter((one) => one.clientId === clientId && one.eventType === 'connected');
const { principalIdentifier: certificateId, sessionIdentifier } = seen.at(-1);
const iot = new IoTClient(aws);
await new STSClient(aws).send(new GetCallerIdentityCommand({}));
const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }));
const arn = certificateDescription.certificateArn;
await Promise.all([
  iot.send(new ListPrincipalThingsCommand({ principal: arn })),
  iot.send(new ListAttachedPoliciesCommand({ target: arn })),
]);

const canaryId = `canary-${process.pid}`;
const watch = await connected(`watch-${process.pid}`);
await watch.subscribeAsync([
  ...['connected', 'disconnected', 'connect_failed'].map(
    (kind) => `$aws/events/presence/${kind}/${clientId}`,
  ),
  `$aws/events/presence/connected/${canaryId}`,
]);
const heard = event(watch, 'connected', canaryId);
const canary = await connected(canaryId);
await heard;

await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
await iot.send(new DescribeCertificateCommand({ certificateId }));
const gone = event(watch, 'disconnected', clientId);
const held = await connected(clientId);
const proof = await gone;
if (proof.sessionIdentifier !== sessionIdentifier || proof.disconnectReason !== 'DUPLICATE_CLIENTID')
  process.exitCode = 1;
await Promise.all([watch.endAsync(), canary.endAsync(), held.endAsync()]);
