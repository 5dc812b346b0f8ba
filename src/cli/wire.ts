import type { BrokerPorts, PermissionProbe, StateProbe } from '../domain/checkup-ports.ts';
import { EvictError } from '../domain/errors.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type {
  ActingPorts,
  CloudReader,
  CloudWriter,
  EventSource,
  ReadingPorts,
  RunContext,
} from '../domain/ports.ts';
import { stateDirectory } from './settings.ts';
import type { Settings } from './settings.ts';
import { operator, sha256, systemClock, systemRandomness } from './system.ts';
import { VERSION } from './version.ts';

/** Ports, with what must be closed when the run is over. */
export type Wired<Ports> = { readonly ports: Ports } & Disposable;

type OnEntry = (entry: IncidentEntry) => void;

/** Sources that the contract names and that this version does not have yet. */
const LATER_SOURCES = /^(journal|live|thing|cloudwatch(:.*)?|dynamodb:.*|s3:\/\/.*)$/u;

/** What a dry run gets: nothing in it can change anything. */
export async function wireReading(settings: Settings, onEntry: OnEntry): Promise<Wired<ReadingPorts>> {
  const sources = await eventSources(settings);
  if ((settings.cert === undefined) !== (settings.key === undefined))
    throw new EvictError('bad-option', '--cert and --key go together, and one is missing', {
      hint: 'give both, or neither: a dry run needs them only to know its own certificate',
    });
  const identity = settings.cert === undefined ? undefined : await mqttIdentity(settings);
  const cloud = await controlPlane(settings);
  const context = contextOf(settings, identity?.certificateId);
  return {
    ports: { sources, cloud, context, onEntry, clock: systemClock, random: systemRandomness, digest: sha256 },
    [Symbol.dispose]: () => cloud[Symbol.dispose](),
  };
}

/** What a real run gets on top. */
export async function wireActing(settings: Settings, onEntry: OnEntry): Promise<Wired<ActingPorts>> {
  const url = settings['mqtt-url'];
  if (url === undefined || settings.cert === undefined || settings.key === undefined)
    throw new EvictError('bad-option', 'the takeover needs --mqtt-url mqtts://host:8883, --cert and --key', {
      hint: 'this version connects by certificate only; "aws iot describe-endpoint --endpoint-type iot:Data-ATS" names the host',
    });
  const [sources, identity, cloud, presence, takeover] = await Promise.all([
    eventSources(settings),
    mqttIdentity(settings),
    controlPlane(settings),
    import('../adapters/mqtt/presence-watch.ts'),
    import('../adapters/mqtt/takeover.ts'),
  ]);
  const broker = { url, identity };
  const tools = { clock: systemClock, random: systemRandomness, digest: sha256 };
  const mqttVersion = settings['mqtt-version'] === '4' ? (4 as const) : (5 as const);
  return {
    ports: {
      ...tools,
      sources,
      cloud,
      writer: cloud,
      presence: presence.presenceOn(broker, { ...tools, mqttVersion }),
      takeover: takeover.takeoverOn(broker),
      records: await incidentDirectory(settings),
      context: contextOf(settings, identity.certificateId),
      onEntry,
    },
    [Symbol.dispose]: () => cloud[Symbol.dispose](),
  };
}

/** The control plane alone, for undo. */
export async function controlPlane(settings: Settings): Promise<CloudReader & CloudWriter & Disposable> {
  const { ControlPlane } = await import('../adapters/aws/control-plane.ts');
  return new ControlPlane(cloudOptions(settings));
}

function cloudOptions(settings: Settings) {
  return {
    region: settings.region,
    profile: settings.profile,
    endpointUrl: settings['endpoint-url'],
    configFile: settings['aws-config-file'],
    credentialsFile: settings['aws-credentials-file'],
    toolVersion: VERSION,
  };
}

/** What a checkup asks of AWS. */
export async function permissionProbe(settings: Settings): Promise<PermissionProbe & Disposable> {
  const { AwsPermissionProbe } = await import('../adapters/aws/permission-probe.ts');
  const { AWS_ENDPOINT_URL: forAll, AWS_ENDPOINT_URL_IOT_DATA_PLANE: forData } = process.env;
  const dataEndpointUrl = settings['endpoint-url'] ?? forData ?? forAll;
  return new AwsPermissionProbe({ ...cloudOptions(settings), dataEndpointUrl });
}

/** What a checkup asks of the disk. */
export async function stateProbe(settings: Settings): Promise<StateProbe> {
  const { stateProbeAt } = await import('../adapters/disk/state-probe.ts');
  return stateProbeAt(stateDirectory(settings, process.env));
}

/** What a checkup does on the broker. */
export async function brokerByCertificate(settings: Settings): Promise<BrokerPorts> {
  const { 'mqtt-url': url, cert, key } = settings;
  if (url === undefined || cert === undefined || key === undefined)
    throw new EvictError('bad-option', 'of --mqtt-url, --cert and --key not all are given', {
      hint: 'give all three; "aws iot describe-endpoint --endpoint-type iot:Data-ATS" names the host',
    });
  const [identity, { presenceOn }, { takeoverOn }] = await Promise.all([
    mqttIdentity(settings),
    import('../adapters/mqtt/presence-watch.ts'),
    import('../adapters/mqtt/takeover.ts'),
  ]);
  const mqttVersion = settings['mqtt-version'] === '4' ? (4 as const) : (5 as const);
  const tools = { clock: systemClock, random: systemRandomness, mqttVersion };
  return {
    identity: `certificate ${identity.certificateId}`,
    presence: presenceOn({ url, identity }, tools),
    takeover: takeoverOn({ url, identity }),
  };
}

export async function incidentDirectory(settings: Settings) {
  const { IncidentDirectory } = await import('../adapters/disk/incident-records.ts');
  return new IncidentDirectory(stateDirectory(settings, process.env));
}

/** The sandbox, for the commands that start it. */
export async function loadSandbox() {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  return startSandbox;
}

export function contextOf(settings: Settings, mqttIdentity?: string): RunContext {
  const {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: defaultRegion,
    AWS_ENDPOINT_URL: endpointUrl,
  } = process.env;
  return {
    toolVersion: VERSION,
    ...operator(),
    region: settings.region ?? region ?? defaultRegion,
    profile: settings.profile,
    endpointUrl: settings['endpoint-url'] ?? endpointUrl,
    mqttEndpoint: settings['mqtt-url'],
    mqttIdentity,
  };
}

/** Those that are named, or why one of them is none. */
export async function eventSources({ events }: Settings): Promise<readonly EventSource[]> {
  const later = events.find((source) => LATER_SOURCES.test(source));
  if (later !== undefined)
    throw new EvictError('bad-option', `--events ${later}: this version reads files and stdin only`, {
      hint: 'give a file of lifecycle events; a file of that name as ./' + later,
    });
  if (events.length === 0)
    throw new EvictError('bad-option', 'there is no source to look in', {
      hint: 'give --events FILE (or - for stdin), or events: in the configuration',
    });
  const { eventFile, eventsFromStdin } = await import('../adapters/disk/event-source.ts');
  return events.map((source) => (source === '-' ? eventsFromStdin(process.stdin) : eventFile(source)));
}

async function mqttIdentity({ cert = '', key = '', ca }: Settings) {
  const { readMqttIdentity } = await import('../adapters/mqtt/identity.ts');
  return readMqttIdentity({ cert, key, ca });
}
