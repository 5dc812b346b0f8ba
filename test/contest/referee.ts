import { EXIT_CODES, type Verdict } from '../../src/domain/exit-codes.ts';
import type { EvictionDocument } from '../../src/domain/document.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import type { Registry, Truth } from './ring.ts';
import type { Way } from './way.ts';

/** What the sandbox knows at the moment the verdict is given. */
export type Sample = Truth & { readonly registry: Registry };

/** All that a round is judged by: what the tool said, and what the sandbox knows. */
export type Evidence = {
  readonly clientId: string;
  readonly way: Way;
  /** The certificate that was to be contained, where it was one. */
  readonly certificateId: string | undefined;
  /** Principals that may be connected: the responder's own and its colleagues'. */
  readonly responders: readonly string[];
  /** The sessions on the client ID when the run began. */
  readonly sessionsBefore: readonly string[];
  readonly document: EvictionDocument;
  readonly exitCode: number | null;
  /** When the verdict was decided, epoch milliseconds. */
  readonly decidedAt: number;
  readonly sample: Sample;
  /** The ends that a round may have; of each word it is checked besides that it is true. */
  readonly fair: readonly Verdict[];
};

/** What is false in what the tool said. Nobody asks the tool: the sandbox knows who is connected, and who may be. */
export function falsehoodsIn(evidence: Evidence): string[] {
  return [...aboutSessions(evidence), ...aboutAccess(evidence), ...aboutForm(evidence), ...unfair(evidence)];
}

/** These say that nobody is there; and this that whoever was there is not any more. */
const NOBODY: ReadonlySet<Verdict> = new Set(['evicted', 'not-connected']);
const GONE: ReadonlySet<Verdict> = new Set([...NOBODY, 'kicked']);

function aboutSessions({
  clientId,
  document: { verdict },
  decidedAt,
  responders,
  sample,
  sessionsBefore,
}: Evidence) {
  const alive = sample.connections.filter(
    (one) => one.clientId === clientId && !responders.includes(one.principal) && one.connectedAt <= decidedAt,
  );
  const still = alive.filter(({ sessionIdentifier }) => sessionsBefore.includes(sessionIdentifier));
  return [
    ...alive
      .filter(() => NOBODY.has(verdict))
      .map(({ principal }) => `"${verdict}" while ${principal} is connected`),
    ...still
      .filter(() => GONE.has(verdict))
      .map(({ sessionIdentifier }) => `"${verdict}" while session ${sessionIdentifier} goes on`),
  ];
}

/** What the broker may still believe is another matter: containment is what the registry says. */
function aboutAccess({
  way,
  certificateId,
  document: { verdict, contained },
  sample: { registry },
}: Evidence) {
  if (certificateId === undefined || way.action === 'none')
    return contained === 'none' ? [] : [`contained "${contained}", which was not asked for`];
  const isCut =
    way.action === 'deactivate'
      ? statusIn(registry, certificateId) !== 'ACTIVE'
      : !hasPolicies(registry, certificateId);
  return [
    ...(contained === 'yes' && !isCut ? ['contained "yes" while access is not cut'] : []),
    ...(contained === 'no' && isCut ? ['contained "no" while access is cut'] : []),
    ...(NOBODY.has(verdict) && contained !== 'yes' ? [`"${verdict}" and contained "${contained}"`] : []),
  ];
}

function statusIn({ certificates }: Registry, certificateId: string): string | undefined {
  return certificates.find(([id]) => id === certificateId)?.[1].status;
}

function hasPolicies({ policiesOf }: Registry, certificateId: string): boolean {
  return policiesOf.some(([target]) => target.endsWith(`:cert/${certificateId}`));
}

function aboutForm({ document, exitCode }: Evidence): string[] {
  const { verdict, proof, hold, cause } = document;
  const expected = EXIT_CODES[verdict];
  return [
    ...(exitCode === expected ? [] : [`"${verdict}" with exit code ${exitCode}, not ${expected}`]),
    ...((verdict === 'evicted' || verdict === 'kicked') && proof === undefined
      ? [`"${verdict}" without proof`]
      : []),
    ...(verdict === 'evicted' && hold?.completed !== true ? ['"evicted" before the hold was over'] : []),
    ...(GONE.has(verdict) || cause !== undefined ? [] : [`"${verdict}" without a cause`]),
  ];
}

function unfair({ document: { verdict, cause }, fair }: Evidence): string[] {
  if (fair.includes(verdict)) return [];
  return [`"${verdict}" (${cause?.code ?? 'no cause'}), where it had to be ${fair.join(' or ')}`];
}

/**
 * The same by what the sandbox published in the end, whatever came late: a session with beginning and end on the books that
 * was open when somebody was said to be gone.
 */
export function openSessionsAt(
  moment: number,
  events: readonly SessionEvent[],
  { clientId, responders }: Pick<Evidence, 'clientId' | 'responders'>,
): string[] {
  const ofClient = events.filter(
    (event) => event.clientId === clientId && !responders.includes(event.principalIdentifier),
  );
  const endOf = (session: string | undefined) =>
    ofClient.find(
      ({ eventType, sessionIdentifier }) => eventType === 'disconnected' && sessionIdentifier === session,
    )?.timestamp;
  return ofClient
    .filter(({ eventType }) => eventType === 'connected')
    .filter(({ timestamp, sessionIdentifier }) => {
      const end = endOf(sessionIdentifier);
      return end !== undefined && timestamp <= moment && moment < end;
    })
    .map(({ sessionIdentifier = '' }) => sessionIdentifier);
}
