import { access, isHidden, quoted, shown } from './cause-words.ts';
import { commandToEvictAlso } from './evict-command.ts';
import type { Facts } from './facts.ts';
import { areSiblings } from './siblings.ts';
import type { Cause } from './verdict-words.ts';

/** Kicked, and nothing shows that it is gone. */
export function noProof(facts: Facts): Cause {
  if (isHidden(facts)) return unprovable(facts);
  return {
    code: facts.canary === undefined ? 'cannot-prove' : 'no-proof',
    message: `${kickDone(facts)}, but no "disconnected" event of the contained principal was seen on "${shown(facts)}"`,
    hint: `${access(facts)}; check GetConnection, or run the same command again`,
    retryable: true,
  };
}

/** Of a hidden client there are no events: another method can prove that it is gone, or another answer. */
function unprovable(facts: Facts): Cause {
  const { why = 'it does not say that the call dropped the connection' } = facts.connectionAfter ?? {};
  return {
    code: 'cannot-prove',
    message:
      facts.planned?.plan.method === 'takeover'
        ? `${kickDone(facts)}, but AWS publishes no presence events for client IDs with "#" or "+", so that "${shown(facts)}" was dropped cannot be proved`
        : `${kickDone(facts)}, but GetConnection, which alone can prove it for client IDs with "#" or "+", did not show "${shown(facts)}" dropped: ${why}`,
    hint: `${access(facts)}; run the same command again, with --method api, which GetConnection can prove`,
    retryable: true,
  };
}

function kickDone({ planned }: Facts): string {
  return planned?.plan.method === 'api' ? 'DeleteConnection was accepted' : 'the takeover was acknowledged';
}

/** Somebody is connected after a kick by API. */
export function stillConnected(facts: Facts): Cause {
  const method = isHidden(facts) ? 'both' : 'takeover';
  return {
    code: 'still-connected',
    message: `after the kick, GetConnection says that "${shown(facts)}" is connected, and not as whom`,
    hint: `${access(facts)}; run the same command again, with --method ${method}, which holds the client ID`,
    retryable: true,
  };
}

/** This client is gone, and others of its principal are connected. A sibling is one by its name alone: nothing names its principal. */
export function aliveElsewhere(facts: Facts, clients: readonly string[]): Cause {
  const { clientId = '', principal } = facts.planned?.plan ?? {};
  const siblings = clients.filter((other) => areSiblings(other, clientId));
  const others = clients.filter((other) => !siblings.includes(other));
  const commands = clients.map((other) =>
    commandToEvictAlso(other, principal?.identifier ?? '', facts.again),
  );
  return {
    code: 'alive-elsewhere',
    message: [
      ...(others.length === 0 ? [] : [`the principal was last seen connected as ${quoted(others)}`]),
      ...(siblings.length === 0
        ? []
        : [`connected, and by name the same Greengrass core as "${shown(facts)}": ${quoted(siblings)}`]),
    ].join('; '),
    hint: `evict these clients, too: ${commands.join('; ')}`,
    retryable: false,
  };
}
