import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { CertificateBroker } from '../../../src/adapters/mqtt/broker.ts';
import { openConnection } from '../../../src/adapters/mqtt/connection.ts';
import { presenceOn } from '../../../src/adapters/mqtt/presence-watch.ts';
import { takeoverOn } from '../../../src/adapters/mqtt/takeover.ts';
import { systemClock, systemRandomness } from '../../../src/cli/system.ts';
import { findTool } from '../../e2e/a-tool.ts';
import { describeWith } from '../../e2e/describe-with.ts';
import { aClient } from '../../sandbox/a-device.ts';
import { eventually } from '../../sandbox/a-sandbox.ts';
import { aMosquitto, type Mosquitto } from './a-mosquitto.ts';
import { anAuthority, type Authority, type Issued } from './an-authority.ts';

const mosquitto = findTool('/usr/sbin/mosquitto', '-h');

const VERSIONS = [4, 5] as const;
const soon = () => AbortSignal.timeout(5_000);
const ignore = () => undefined;

let authority: Authority;
let stranger: Authority;
let broker: Mosquitto;
let responder: Issued;
let revoked: Issued;

/** The broker at one of its ports, as somebody sees it. */
const as = (who: Issued, { port = 0, host = 'localhost', ca = authority.ca } = {}): CertificateBroker => ({
  url: `mqtts://${host}:${broker.ports[port] ?? 0}`,
  identity: { ...who, ca, certificateId: '' },
});

const [GOOD, EXPIRED, MISNAMED] = [0, 1, 2];

describeWith('Debian’s mosquitto', [['mosquitto', mosquitto]], () => {
  beforeAll(async () => {
    [authority, stranger] = await Promise.all([anAuthority('ours'), anAuthority('theirs')]);
    const { issue } = authority;
    [responder, revoked] = await Promise.all([issue({ name: 'responder' }), issue({ name: 'revoked' })]);
    const [good, expired, misnamed] = await Promise.all([
      issue(),
      issue({ daysLeft: -1 }),
      issue({ name: 'broker.example' }),
    ]);
    const list = await authority.revoke(revoked);
    broker = await aMosquitto(mosquitto?.path ?? '', [
      { server: good, ca: authority.ca, revoked: list },
      { server: expired, ca: authority.ca },
      { server: misnamed, ca: authority.ca },
    ]);
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
  });

  const both = VERSIONS.flatMap((ours) => VERSIONS.map((theirs) => [ours, theirs] as const));
  it.each(both)(
    'a takeover over version %d drops a client of version %d, and holds the ID',
    async (ours, theirs) => {
      const clientId = `pump-${ours}-${theirs}`;
      const { ca } = authority;
      const { url } = as(responder);
      const intruder = await authority.issue({ name: 'intruder' });
      const protocolVersion = theirs;
      await using device = aClient(url, { ...intruder, ca, clientId, protocolVersion });
      expect(await device.outcome).toBe('connected');
      const lost: string[] = [];
      const order = {
        clientId,
        mqttVersion: ours,
        keepSession: false,
        onLost: (why: string) => lost.push(why),
      };
      const held = await takeoverOn(as(responder)).connect(order, soon());
      await device.closed;

      await using again = aClient(url, { ...intruder, ca, clientId, protocolVersion });
      expect(await again.outcome).toBe('connected'); // here, nobody keeps it out
      await eventually(() => (lost.length > 0 ? true : undefined));
      const retaken = await takeoverOn(as(responder)).connect(order, soon());
      await again.closed;
      await Promise.all([held[Symbol.asyncDispose](), retaken[Symbol.asyncDispose]()]);
      await broker.logged(`Client ${clientId} disconnected.`);
      expect(lost).toHaveLength(1);
    },
  );

  it.each(VERSIONS)(
    'a watch listens over version %d, and says that it hears nothing',
    async (mqttVersion) => {
      const tools = { clock: systemClock, random: systemRandomness, mqttVersion };
      const gaps: string[] = [];
      const order = { clientIds: ['pump-1'], onEvent: ignore, onGap: (why: string) => void gaps.push(why) };
      const watch = await presenceOn(as(responder), tools).open(order, soon());
      expect(watch.mqttVersion).toBe(mqttVersion);
      await expect(watch.prove(AbortSignal.timeout(500))).rejects.toMatchObject({ code: 'timed-out' });
      await watch[Symbol.asyncDispose]();
      await broker.logged(`Client ${watch.watcherId} disconnected.`);
      expect(gaps).toEqual([]);
    },
  );

  it.each<[string, who: () => Promise<Issued>, why: RegExp]>([
    ['was revoked', async () => revoked, /certificate revoked/u],
    ['is of an unknown authority', () => stranger.issue(), /unknown ca/u],
    ['expired', () => authority.issue({ daysLeft: -1 }), /certificate expired/u],
  ])('a certificate that %s is refused by name', async (_, who, why) => {
    await failing(as(await who()), {
      code: 'broker-denied',
      message: expect.stringMatching(why),
      hint: expect.stringContaining('certificate is active'),
    });
  });

  it.each<[string, () => CertificateBroker, what: RegExp, hint: RegExp]>([
    [
      'of an authority that we do not know',
      () => as(responder, { ca: stranger.ca }),
      /self-signed/u,
      /--ca/u,
    ],
    ['that has expired', () => as(responder, { port: EXPIRED }), /expired/u, /out of date.*clock/u],
    ['of another name', () => as(responder, { port: MISNAMED }), /broker\.example/u, /--mqtt-url/u],
    [
      'of another address',
      () => as(responder, { port: GOOD, host: '127.0.0.1' }),
      /127\.0\.0\.1/u,
      /--mqtt-url/u,
    ],
  ])('a broker with a certificate %s is not spoken to', async (_, at, what, hint) => {
    await failing(at(), {
      code: 'broker-unreachable',
      message: expect.stringMatching(what),
      hint: expect.stringMatching(hint),
    });
  });

  async function failing(at: CertificateBroker, error: object): Promise<void> {
    for (const mqttVersion of VERSIONS) {
      const order = { clientId: 'nobody', mqttVersion, onLost: ignore };
      await expect(openConnection(at, order, soon())).rejects.toMatchObject(error);
    }
  }
});
