import type { CloudReader, CloudWriter } from '../domain/cloud-ports.ts';
import type { ActingPorts, Operator, ReadingPorts, RunContext } from '../domain/ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import type { Settings } from './settings.ts';
import { operator, sha256, systemClock, systemRandomness } from './system.ts';
import { VERSION } from './version.ts';
import { wireBroker, wirePresence, wireTakeover } from './wire-broker.ts';
import type { BrokerSide } from './wire-broker.ts';
import { eventSources } from './wire-sources.ts';
import { identityOf } from './wire-identity.ts';
import type { Attendant } from './wire-identity.ts';
import { claims, incidentDirectory, messages } from './wire-disk.ts';

/** Ports, with what must be closed when the run is over. */
export type Wired<Ports> = { readonly ports: Ports } & Disposable;

type Reading = Pick<ReadingPorts, 'onEntry' | 'onProgress'> & {
  readonly attendant: Attendant;
};

/** What a dry run gets: nothing in it can change anything. */
export async function wireReading(
  settings: Settings,
  { onEntry, onProgress, attendant }: Reading,
): Promise<Wired<ReadingPorts>> {
  const aws = await wireAws(settings, attendant);
  const side = await wireBroker(settings, aws);
  const sources = await eventSources({ settings, side, aws, isRecorded: false });
  const { cloud, connections } = aws;
  const context = await contextOf(settings, side);
  const tools = { clock: systemClock, random: systemRandomness, digest: sha256 };
  return {
    ports: { ...tools, sources, cloud, connections, context, onEntry, onProgress },
    ...disposing(cloud, connections, letGoOf(sources), aws.network),
  };
}

type Acting = Reading & {
  readonly operator: Operator;
  /** Whether there must be a source to look in: what is resumed mostly needs none. */
  readonly looksUp?: boolean;
};

/** What a real run gets on top. */
export async function wireActing(
  settings: Settings,
  { onEntry, onProgress, attendant, operator, looksUp = true }: Acting,
): Promise<Wired<ActingPorts>> {
  const aws = await wireAws(settings, attendant);
  const side = await wireBroker(settings, aws);
  const [sources, presence, takeover] = await Promise.all([
    looksUp || settings.events.length > 0 ? eventSources({ settings, side, aws, isRecorded: true }) : [],
    wirePresence(side, settings),
    wireTakeover(side),
  ]);
  const { cloud, connections, refusalLog } = aws;
  return {
    ports: {
      clock: systemClock,
      random: systemRandomness,
      digest: sha256,
      sources,
      cloud,
      writer: cloud,
      connections,
      ender: connections,
      refusalLog,
      presence,
      takeover,
      messages: await messages(),
      records: await incidentDirectory(settings),
      claims: await claims(settings),
      context: await contextOf(settings, side),
      operator,
      onEntry,
      onProgress,
    },
    ...disposing(cloud, connections, refusalLog, letGoOf(sources), aws.network),
  };
}

/** Closes what sources keep between two readings. */
function letGoOf(sources: readonly EventSource[]): Disposable {
  return { [Symbol.dispose]: () => sources.forEach((source) => source[Symbol.dispose]?.()) };
}

export function disposing(...opened: readonly Disposable[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const one of opened) one[Symbol.dispose]();
    },
  };
}

/** The control plane alone, for undo. */
export async function controlPlane(
  settings: Settings,
  attendant: Attendant,
): Promise<{ readonly cloud: CloudReader & CloudWriter } & Disposable> {
  const { ControlPlane } = await import('../adapters/aws/control-plane.ts');
  const options = await introducedOptions(settings, attendant);
  const cloud = new ControlPlane(options);
  return { cloud, ...disposing(cloud, options.network) };
}

/** Control plane and connection API, as one caller: who assumes a role twice is two sessions. */
export async function wireAws(settings: Settings, attendant: Attendant) {
  const [{ ControlPlane }, { DataPlane }, { AwsRefusalLog }, options] = await Promise.all([
    import('../adapters/aws/control-plane.ts'),
    import('../adapters/aws/data-plane.ts'),
    import('../adapters/aws/refusal-log.ts'),
    introducedOptions(settings, attendant),
  ]);
  const { identity, network } = options;
  const dataEndpointUrl = settings['data-endpoint-url'] ?? options.endpointUrl;
  return {
    options,
    identity,
    network,
    cloud: new ControlPlane(options),
    connections: new DataPlane({ ...options, endpointUrl: dataEndpointUrl }),
    refusalLog: new AwsRefusalLog(options),
    permissionProbe: async () => {
      const { AwsPermissionProbe } = await import('../adapters/aws/permission-probe.ts');
      return new AwsPermissionProbe({ ...options, dataEndpointUrl });
    },
  };
}

/** What all clients share: where AWS is, how it is reached, and as whom. */
async function introducedOptions(settings: Settings, attendant: Attendant) {
  const { openNetwork } = await import('../adapters/aws/network.ts');
  const place = awsOptions(settings);
  const network = await openNetwork(place);
  const options = { ...place, network };
  return { ...options, identity: await identityOf(settings, options, attendant) };
}

function awsOptions(settings: Settings) {
  // The SDK does not read AWS_DEFAULT_REGION, which everybody knows from the AWS CLI.
  const { AWS_REGION: region, AWS_DEFAULT_REGION: defaultRegion } = process.env;
  return {
    region: settings.region ?? (region || defaultRegion),
    profile: settings.profile,
    endpointUrl: settings['endpoint-url'],
    configFile: settings['aws-config-file'],
    credentialsFile: settings['aws-credentials-file'],
    toolVersion: VERSION,
  };
}

/** The sandbox, for the commands that start it. */
export async function loadSandbox() {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  return startSandbox;
}

/** Where, by whom and with what this runs. The region is the one that the SDK settles on: a profile may name it. */
export async function contextOf(settings: Settings, side: BrokerSide = {}): Promise<RunContext> {
  return {
    toolVersion: VERSION,
    ...operator(),
    region: await settledRegion(settings),
    profile: settings.profile,
    endpointUrl: settings['endpoint-url'] ?? process.env['AWS_ENDPOINT_URL'],
    dataEndpointUrl: settings['data-endpoint-url'],
    mqttEndpoint: side.mqttEndpoint,
    mqttIdentity: side.mqttIdentity,
    again: settings.again,
  };
}

export async function settledRegion(settings: Settings): Promise<string | undefined> {
  const options = awsOptions(settings);
  if (options.region !== undefined) return options.region;
  const { identityFrom } = await import('../adapters/aws/credentials.ts');
  // Where there is none at all, the first call says so, and what to do.
  return identityFrom(options)
    .region()
    .catch(() => undefined);
}
