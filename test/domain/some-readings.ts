import type { PlanReadings } from '../../src/domain/readings.ts';
import type { EvictionRequest } from '../../src/domain/request.ts';
import type { Sighting } from '../../src/domain/sighting.ts';
import { CLIENT, INTRUDER, OURS } from './an-event.ts';
import { CERTIFICATE_ARN, aRequest, aSighting } from './an-incident.ts';
import { principalOf } from '../../src/domain/principal.ts';

type Variations = Omit<Partial<PlanReadings>, 'request' | 'sighting'> & {
  readonly request?: Partial<EvictionRequest>;
  readonly sighting?: Partial<Sighting>;
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
    commands: { region: 'eu-west-1' },
    ...overrides,
  };
}
