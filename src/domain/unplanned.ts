import type { StepOfDocument } from './document.ts';
import { identifyingCommand, lookCommand } from './equivalent.ts';
import { IDENTIFY_BY_API } from './facts.ts';
import type { Facts } from './facts.ts';
import { isHiddenClient } from './presence-event.ts';

// What a document can say while there is no plan, since nobody is known.

/** Before there is a plan, what can be said by hand is how to look: at the certificate, for its thing, or by a kick. */
export function firstCommands({ sighting, opened }: Facts): string[] {
  const { clientId = '', identifyByKick = false } = opened?.request ?? {};
  const context = opened?.commands ?? {};
  const kick =
    identifyByKick && sighting === undefined && !isHiddenClient(clientId)
      ? [identifyingCommand(clientId, context)]
      : [];
  const words =
    sighting?.principal.kind === 'certificate'
      ? ['describe-certificate', '--certificate-id', sighting.principal.identifier]
      : ['list-thing-principals', '--thing-name', clientId];
  return [lookCommand(words, context), ...kick];
}

/** Nothing can be planned of a client that nobody knows, but for the kick that tells who it is. */
export function firstSteps({ opened }: Facts): StepOfDocument[] {
  const { dryRun = false, request } = opened ?? {};
  return dryRun && request?.identifyByKick
    ? [{ id: IDENTIFY_BY_API, target: request.clientId, status: 'planned' }]
    : [];
}
