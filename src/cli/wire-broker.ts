import type { AwsIdentity } from '../adapters/aws/credentials.ts';
import type { Network } from '../adapters/aws/network.ts';
import type { Broker } from '../adapters/mqtt/broker.ts';
import { EvictError } from '../domain/errors.ts';
import type { PresenceChannel, Takeover } from '../domain/broker-ports.ts';
import type { CloudReader } from '../domain/cloud-ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import type { PresenceFeed } from '../domain/recording-ports.ts';
import { brokerChoice } from './broker-choice.ts';
import type { BrokerChoice } from './broker-choice.ts';
import { cloudTime } from './cloud-time.ts';
import type { Settings } from './settings.ts';
import { systemClock, systemRandomness } from './system.ts';

/** The broker, with what is known of it before anybody has connected. */
export type BrokerSide = {
  /** Undefined where the key is kept elsewhere: a dry run that listens nowhere can do without. */
  readonly broker?: Broker | undefined;
  /** Without a query; undefined where AWS has to be asked. */
  readonly mqttEndpoint?: string | undefined;
  /** The certificate ID of our connections, where they use one. */
  readonly mqttIdentity?: string | undefined;
};

type AwsSide = {
  readonly cloud: CloudReader;
  readonly identity: AwsIdentity;
  readonly network: Network;
};

export async function wireBroker(settings: Settings, aws: AwsSide): Promise<BrokerSide> {
  const choice = brokerChoice(settings);
  if (choice.kind === 'signature') return signedBroker(choice, settings.timeout, aws);
  const { url, files } = choice;
  if (files === undefined) return { mqttEndpoint: url };
  const { readMqttIdentity } = await import('../adapters/mqtt/identity.ts');
  const identity = readMqttIdentity(files);
  const passesBy = aws.network.proxyFor(url)?.variable;
  return { broker: { url, identity, passesBy }, mqttEndpoint: url, mqttIdentity: identity.certificateId };
}

/** Signed by the cloud's clock, as far as that is known: the SDK corrects its own signatures in the same way. */
async function signedBroker(
  { url, ca }: Extract<BrokerChoice, { kind: 'signature' }>,
  timeoutMs: number,
  { cloud, identity, network }: AwsSide,
): Promise<BrokerSide> {
  const [{ webSocketSigner }, { readAuthority }] = await Promise.all([
    import('../adapters/aws/web-socket-signer.ts'),
    import('../adapters/mqtt/identity.ts'),
  ]);
  const sign = webSocketSigner({
    endpoint: async (signal) => url ?? (await cloud.mqttEndpoint(signal)),
    identity,
    network,
    now: cloudTime(cloud, timeoutMs),
  });
  const trusted = ca === undefined ? network.ca : readAuthority(ca);
  return { broker: { sign, ca: trusted, tunnelTo: network.tunnelTo }, mqttEndpoint: url };
}

/** The broker, for those who connect to it. Throws `bad-option` where it cannot be connected to. */
function connectable({ broker, mqttEndpoint = '' }: BrokerSide): Broker {
  if (broker !== undefined) return broker;
  throw new EvictError('bad-option', `--mqtt-url ${mqttEndpoint} needs --cert and --key`, {
    hint: 'give both, or connect with the AWS credentials: without --mqtt-url, or with --mqtt-url wss://host',
  });
}

/** Watches on presence events. */
export async function wirePresence(side: BrokerSide, settings: Settings): Promise<PresenceChannel> {
  const broker = connectable(side);
  const { presenceOn } = await import('../adapters/mqtt/presence-watch.ts');
  return presenceOn(broker, toolsFor(settings));
}

/** All presence events, for `evict watch`. */
export async function wireFeed(side: BrokerSide, settings: Settings): Promise<PresenceFeed> {
  const broker = connectable(side);
  const { presenceFeedOn } = await import('../adapters/mqtt/presence-feed.ts');
  return presenceFeedOn(broker, toolsFor(settings));
}

function toolsFor(settings: Settings) {
  const mqttVersion = settings['mqtt-version'] === '4' ? (4 as const) : (5 as const);
  return { clock: systemClock, random: systemRandomness, mqttVersion };
}

/** Takes client IDs over. */
export async function wireTakeover(side: BrokerSide): Promise<Takeover> {
  const broker = connectable(side);
  const { takeoverOn } = await import('../adapters/mqtt/takeover.ts');
  return takeoverOn(broker);
}

/** `--events live`. */
export async function wireLive(side: BrokerSide, settings: Settings): Promise<EventSource> {
  const [presence, { liveSource }] = await Promise.all([
    wirePresence(side, settings),
    import('../adapters/mqtt/live-source.ts'),
  ]);
  return liveSource(presence, { clock: systemClock, timeoutMs: settings.timeout });
}
