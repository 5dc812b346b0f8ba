import { commandToEvictAlso } from './evict-command.ts';
import type { Caution } from './kick-warnings.ts';
import { isHiddenClient } from './presence-event.ts';
import { printable } from './printable.ts';
import type { Method } from './request.ts';
import { areSiblings, namedWithState } from './siblings.ts';

const hiddenClient: Caution = ({ request: { clientId, method } }) =>
  isHiddenClient(clientId)
    ? {
        code: 'hidden-client',
        message: `AWS publishes no presence events for client IDs with "#" or "+" ("${printable(clientId)}"): ${PROVABLE[method]}`,
      }
    : undefined;

/** For want of events, GetConnection alone can show anything, and after a takeover it would show ourselves. */
const PROVABLE: Readonly<Record<Method, string>> = {
  takeover:
    'the takeover drops it, which nothing can prove; --method api or both can be proved, by GetConnection',
  api: 'that the API dropped it, only GetConnection can prove',
  both: 'that the API dropped it, only GetConnection can prove, asked between the call and the takeover',
  none: 'that it went, only GetConnection can show',
};

const siblings: Caution = ({ request: { clientId }, actions, neighbourhood, sighting, again = [] }) => {
  const some = neighbourhood.neighbours.filter((one) => areSiblings(one.clientId, clientId));
  const one = some.find(({ state }) => state === 'connected') ?? some[0];
  if (one === undefined) return undefined;
  const reach = actions.includes('none') ? '' : ' and lose access with it';
  const command = commandToEvictAlso(one.clientId, sighting.principal.identifier, again);
  return {
    code: 'greengrass-siblings',
    message: `by their names, these are other connections of the same Greengrass core: ${namedWithState(some)}; they share its certificate by design${reach}, and each is kicked by a run of its own: ${command}`,
  };
};

const siblingsUnknown: Caution = ({ siblings: { why } }) =>
  why === undefined
    ? undefined
    : {
        code: 'siblings-unknown',
        message: `whether a Greengrass core has other connections (named like the client, with #2, #3, …) could not be read: ${why}`,
      };

/** What follows from the client's name alone. */
export const NAME_CAUTIONS: readonly Caution[] = [hiddenClient, siblings, siblingsUnknown];
