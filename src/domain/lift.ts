import type { Blocker, EvictionPlan } from './plan.ts';
import type { EvictionRequest } from './request.ts';

/** How a person lifts a blocker: by typing what will be hit. Another choice (of principal or action) lifts others. */
export type Lift = {
  /** What is to be typed, exactly. */
  readonly word: string;
  /** What it says, as the end of "type … to": in words for people. */
  readonly meaning: string;
  readonly lifted: (request: EvictionRequest) => EvictionRequest;
};

/** The way in which the contract lets a person lift the blocker; `undefined`: none, or another choice does it. */
export function liftOf({ code }: Blocker, plan: EvictionPlan): Lift | undefined {
  switch (code) {
    case 'shared-principal': {
      const hit = String(hitBy(plan).length);
      return {
        word: hit,
        meaning: `cut all ${hit} clients and things off that use this principal`,
        lifted: (request) => ({ ...request, allowShared: true }),
      };
    }
    case 'blast-radius-unknown':
      return {
        word: 'unknown',
        meaning: 'go on although nobody knows who else would be cut off',
        lifted: (request) => ({ ...request, allowShared: true }),
      };
    case 'own-principal':
    case 'own-role':
      return {
        word: 'my own',
        meaning: "go on although the principal is a responder's",
        lifted: (request) => ({ ...request, allowOwn: true }),
      };
    case 'irreversible': {
      const id = plan.changes.find((change) => change.kind === 'certificate-status')?.certificateId ?? '';
      return {
        word: id.slice(0, 8),
        meaning: 'revoke the certificate with these first digits, for good',
        lifted: (request) => ({ ...request, confirmRevoke: id }),
      };
    }
    default:
      return undefined;
  }
}

/** Clients and things that use the principal, each name once: a device's client is mostly named like its thing. */
export function hitBy({ blastRadius }: EvictionPlan): readonly string[] {
  return [...new Set([...blastRadius.clients, ...blastRadius.things])];
}
