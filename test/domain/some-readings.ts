import type { PlanReadings } from '../../src/domain/readings.ts';
import type { EvictionRequest } from '../../src/domain/request.ts';
import type { Sighting } from '../../src/domain/sighting.ts';
import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import { CLIENT, INTRUDER, OURS, SIGHTED_AT } from './an-event.ts';
import { CERTIFICATE_ARN, aRequest, aSighting } from './an-incident.ts';
import { principalOf } from '../../src/domain/principal.ts';

export type Variations = Omit<Partial<PlanReadings>, 'request' | 'sighting'> & {
  readonly request?: Partial<EvictionRequest>;
  readonly sighting?: Partial<Sighting>;
};

/** A policy that lets a device do what devices do, and trade its certificate for nothing. */
const FLEET = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['iot:Connect', 'iot:Publish'], Resource: '*' }],
});

/** What GetConnection says of the sighted session. */
export const A_CONNECTION: ConnectionReading = {
  connected: true,
  connectedSince: SIGHTED_AT + 40,
  sourceIp: '8.8.42.11',
};

export const RESPONDER = 'AROAEXAMPLERESPONSE:alice';

/** All that a plan is decided from, with nothing in the way. */
export function someReadings({ request = {}, sighting = {}, ...overrides }: Variations = {}): PlanReadings {
  return {
    request: aRequest({ responders: [], ...request }),
    sighting: aSighting(sighting),
    neighbourhood: { neighbours: [], since: 1_700_000_000_000 },
    caller: {
      known: true,
      value: {
        arn: 'arn:aws:sts::123456789012:assumed-role/response/alice',
        principal: RESPONDER,
        account: '123456789012',
      },
    },
    ownPrincipals: [principalOf(OURS), principalOf(RESPONDER)],
    certificate: { certificateId: INTRUDER, arn: CERTIFICATE_ARN, status: 'ACTIVE' },
    things: { known: true, value: [CLIENT] },
    policies: { known: true, value: ['fleet'] },
    effective: { known: true, value: [{ name: 'fleet', document: FLEET }] },
    connection: { known: true, value: { reading: A_CONNECTION } },
    siblings: { found: [], readAt: SIGHTED_AT + 1_000 },
    now: SIGHTED_AT + 1_000,
    subscriptions: { known: true, value: [{ topicFilter: 'cmd/#', qos: 1 }] },
    commands: { region: 'eu-west-1' },
    ...overrides,
  };
}
