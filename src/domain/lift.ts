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

/** What gets a person past a blocker: a word to type, or another choice. */
export type WayPast =
  | { readonly by: 'word'; readonly lift: Lift }
  | { readonly by: 'principal' | 'identity' | 'action' };

/** The way past a blocker; `undefined`: there is none, but to start anew. */
export function wayPast(blocker: Blocker, plan: EvictionPlan): WayPast | undefined {
  switch (blocker.code) {
    case 'several-principals':
    case 'sighting-mismatch':
      return { by: 'principal' };
    case 'identity-needed':
      return { by: 'identity' };
    case 'no-action':
      return { by: 'action' };
    default: {
      const lift = liftOf(blocker, plan);
      return lift && { by: 'word', lift };
    }
  }
}

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
    case 'irreversible':
      return forGood(plan);
    default:
      return undefined;
  }
}

function forGood({ changes }: EvictionPlan): Lift | undefined {
  const id = changes.find((change) => change.kind === 'certificate-status')?.certificateId;
  if (id === undefined) return undefined;
  return {
    word: id.slice(0, 8),
    meaning: 'revoke the certificate with these first digits, for good',
    lifted: (request) => ({ ...request, confirmRevoke: id }),
  };
}

/** Clients and things that use the principal, each name once: a device's client is mostly named like its thing. */
export function hitBy({ blastRadius }: EvictionPlan): readonly string[] {
  return [...new Set([...blastRadius.clients, ...blastRadius.things])];
}
