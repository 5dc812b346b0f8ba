import { whyNotInPath } from './client-id.ts';
import type { StepOfDocument } from './document.ts';
import { certificateCommand, identifyingCommand, thingCommand } from './equivalent.ts';
import { IDENTIFY_BY_API } from './acts.ts';
import type { Facts } from './facts.ts';
import { isHiddenClient } from './presence-event.ts';

// What a document can say while there is no plan, since nobody is known.

/** What can be said by hand is how to look: at the certificate, for its thing, or by a kick. */
export function firstCommands({ sighting, opened }: Facts): string[] {
  const { clientId = '', identifyByKick = false } = opened?.request ?? {};
  const context = opened?.commands ?? {};
  if (sighting?.principal.kind === 'certificate')
    return [certificateCommand(sighting.principal.identifier, context)];
  const tells = identifyByKick && sighting === undefined && !isHiddenClient(clientId);
  const kicks = tells && whyNotInPath(clientId) === undefined;
  return [thingCommand(clientId, context), ...(kicks ? [identifyingCommand(clientId, context)] : [])];
}

/** Nothing can be planned of a client that nobody knows, but for the kick that tells who it is. */
export function firstSteps({ opened }: Facts): StepOfDocument[] {
  const { dryRun = false, request } = opened ?? {};
  return dryRun && request?.identifyByKick
    ? [{ id: IDENTIFY_BY_API, target: request.clientId, status: 'planned' }]
    : [];
}
